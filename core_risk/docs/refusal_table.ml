(* Prints API.md with its table of refusals made anew from lib/refusal.ml. *)

let begins = "<!-- refusals:begin"
let ends = "<!-- refusals:end -->"
let is_marker marker line = String.length line >= String.length marker && String.sub line 0 (String.length marker) = marker

let rec lines channel =
  match input_line channel with
  | line -> line :: lines channel
  | exception End_of_file -> []

(* The lines before a marker, and from it on. *)
let rec split marker = function
  | [] -> Error (Printf.sprintf "there is no line that begins with %S" marker)
  | line :: _ as rest when is_marker marker line -> Ok ([], rest)
  | line :: rest -> Result.map (fun (before, from) -> (line :: before, from)) (split marker rest)

let renewed page =
  Result.bind (split begins page) (fun (before, from_begin) ->
      Result.map
        (fun (_old, from_end) -> before @ [ List.hd from_begin; Risk.Refusal.table () ] @ from_end)
        (split ends from_begin))

let usage = "usage: refusal_table API.md"

let () =
  match Sys.argv with
  | [| _; path |] -> (
      let channel = open_in path in
      let page = Fun.protect ~finally:(fun () -> close_in channel) (fun () -> lines channel) in
      match renewed page with
      | Ok page -> List.iter print_endline page
      | Error why ->
        prerr_endline (path ^ ": " ^ why);
        exit 1)
  | _ ->
    prerr_endline usage;
    exit 2
