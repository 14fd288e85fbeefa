(* Prints a document with the table of refusals between its two markers. *)

let starts_with prefix line =
  String.length line >= String.length prefix && String.equal (String.sub line 0 (String.length prefix)) prefix

let first_marker = "<!-- refusals:begin"
let last_marker = "<!-- refusals:end"

(* What is between the markers is dropped, the table stands in its place. *)
let rec copy ~inside = function
  | [] -> if inside then failwith "API.md: no line begins with <!-- refusals:end" else []
  | line :: rest when (not inside) && starts_with first_marker line ->
    line :: Risk.Refusal.table () :: copy ~inside:true rest
  | line :: rest when inside && starts_with last_marker line -> line :: copy ~inside:false rest
  | line :: rest -> if inside then copy ~inside rest else line :: copy ~inside rest

let read path =
  let channel = open_in_bin path in
  Fun.protect
    ~finally:(fun () -> close_in channel)
    (fun () -> really_input_string channel (in_channel_length channel))

let () =
  let lines = String.split_on_char '\n' (read Sys.argv.(1)) in
  if not (List.exists (starts_with first_marker) lines) then
    failwith "API.md: no line begins with <!-- refusals:begin";
  print_string (String.concat "\n" (copy ~inside:false lines))
