(* Bytes changed at random. *)

type t = Random.State.t

let bytes_max = 16_384
let make seed = Random.State.make [| seed |]
let below draw bound = if bound <= 0 then 0 else Random.State.int draw bound

(* What parsers treat apart from other bytes. *)
let tokens =
  [| "\""; "\\"; "{"; "}"; "["; "]"; ","; ":"; "null"; "true"; "-1"; "0"; "1e9"; "1.5"; "NaN"; "\n"; "\000"; "\xff"; "\xc3\x28";
     "\\u0000"; "\\ud800"; "9223372036854775807"; "4611686018427387903"; "4611686018427387904"; "-4611686018427387905";
     "18446744073709551616"; "[[[[[[[["; "{\"a\":{\"a\":"; "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"; "\xdc\xff\xff";
     "\xdd\xff\xff\xff\xff"; "\xc6\xff\xff\xff\xff"; "\xdb\xff\xff\xff\xff"; "\xdf\xff\xff\xff\xff"; "\xc9\xff\xff\xff\xff" |]

let pick draw choices = choices.(below draw (Array.length choices))

let splice text ~from ~until piece =
  String.concat "" [ String.sub text 0 from; piece; String.sub text until (String.length text - until) ]

let is_digit char = char >= '0' && char <= '9'

(* Another number in place of the first digits at or behind [at]. *)
let other_number draw text at =
  let length = String.length text in
  let rec first i = if i < length && not (is_digit text.[i]) then first (i + 1) else i in
  let from = first at in
  let rec last i = if i < length && is_digit text.[i] then last (i + 1) else i in
  let number = Int64.to_string (Int64.shift_right_logical (Random.State.int64 draw Int64.max_int) (below draw 64)) in
  if from = length then text else splice text ~from ~until:(last from) number

let change draw given text =
  let length = String.length text in
  let at = below draw (length + 1) in
  let until = at + below draw (min 32 (length - at) + 1) in
  let with_byte char = if at < length then splice text ~from:at ~until:(at + 1) (String.make 1 char) else text in
  match below draw 8 with
  | 0 when at < length -> with_byte (Char.chr (Char.code text.[at] lxor (1 lsl below draw 8)))
  | 0 | 1 -> with_byte (Char.chr (below draw 256))
  | 2 -> splice text ~from:at ~until ""
  | 3 -> String.sub text 0 at
  | 4 ->
    let piece = String.sub text at (until - at) in
    splice text ~from:at ~until:at (String.concat "" (List.init (1 + below draw 20) (fun _ -> piece)))
  | 5 -> splice text ~from:at ~until (pick draw tokens)
  | 6 ->
    let other = pick draw given in
    let from = below draw (String.length other + 1) in
    String.sub text 0 at ^ String.sub other from (String.length other - from)
  | _ -> other_number draw text at

let input draw given =
  let rec changed left text = if left = 0 then text else changed (left - 1) (change draw given text) in
  let text = changed (1 + below draw 8) (pick draw given) in
  if String.length text > bytes_max then String.sub text 0 bytes_max else text
