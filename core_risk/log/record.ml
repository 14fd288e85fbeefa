(* One record of the log as one line. *)

type hash = string

let genesis = String.make 64 '0'

let is_digit = function '0' .. '9' | 'a' .. 'f' -> true | _ -> false
let hash_length = 64

let hash_of_text text =
  if String.length text = hash_length && String.for_all is_digit text then Some text else None

let hash_of ~after ~seq payload = Sha256.to_hex (Sha256.string (String.concat "\n" [ after; string_of_int seq; payload ]))

let line ~after ~seq payload =
  let hash = hash_of ~after ~seq payload in
  (Printf.sprintf "%d %s %s\n" seq hash payload, hash)

(* The text before a space at or after [from], and where what follows it begins. *)
let word line from =
  Option.map
    (fun space -> (String.sub line from (space - from), space + 1))
    (String.index_from_opt line from ' ')

let ( let* ) = Option.bind

let parts line =
  let* number, at = word line 0 in
  let* hash, at = word line at in
  Some (number, hash, String.sub line at (String.length line - at))

let hash_in line =
  let* number, hash, _ = parts line in
  let* number = int_of_string_opt number in
  let* hash = hash_of_text hash in
  Some (number, hash)

let read ~after ~seq line =
  match parts line with
  | None -> Error "it is not a number, a hash and a payload"
  | Some (number, hash, payload) ->
    if not (String.equal number (string_of_int seq)) then Error (Printf.sprintf "it is numbered %S" number)
    else if not (String.equal hash (hash_of ~after ~seq payload)) then Error "its hash does not fit its content"
    else Ok (payload, hash)
