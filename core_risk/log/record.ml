(* One record of the log as one line. *)

type hash = string

let genesis = String.make 64 '0'
let hash_of ~after ~seq payload = Sha256.to_hex (Sha256.string (String.concat "\n" [ after; string_of_int seq; payload ]))

let line ~after ~seq payload =
  let hash = hash_of ~after ~seq payload in
  (Printf.sprintf "%d %s %s\n" seq hash payload, hash)

let read ~after ~seq line =
  match String.split_on_char ' ' line with
  | number :: hash :: (_ :: _ as rest) ->
    let payload = String.concat " " rest in
    if not (String.equal number (string_of_int seq)) then Error (Printf.sprintf "it is numbered %S" number)
    else if not (String.equal hash (hash_of ~after ~seq payload)) then Error "its hash does not fit its content"
    else Ok (payload, hash)
  | _ -> Error "it is not a number, a hash and a payload"
