(* One record of the log as a line. *)

type hash = string

let hex hash = hash
let hash_of text = Sha256.to_hex (Sha256.string text)
let origin = hash_of "core_risk log, format 1"
let bytes_max = 262_144
let chained ~after ~seq json = hash_of (String.concat "\t" [ after; string_of_int seq; json ])

let write ~after ~seq json =
  let hash = chained ~after ~seq json in
  (String.concat "\t" [ string_of_int seq; hash; json ] ^ "\n", hash)

type t = { seq : int; json : string; hash : hash }
type broken = No_line | Wrong_hash

(* The JSON text escapes every tab of its own. *)
let read ~after line =
  match String.split_on_char '\t' line with
  | [ seq; hash; json ] -> (
      match int_of_string_opt seq with
      | None -> Error No_line
      | Some number ->
        if String.equal hash (chained ~after ~seq:number json) && String.equal seq (string_of_int number) then
          Ok { seq = number; json; hash }
        else Error Wrong_hash)
  | _ -> Error No_line

let may_be_torn line =
  let rec zeros_from at =
    match String.index_from_opt line at '\000' with
    | None -> false
    | Some found ->
      found + 1 < String.length line && (line.[found + 1] = '\000' || zeros_from (found + 1))
  in
  zeros_from 0
