(* What a log amounts to, beside it. *)

type t = { seq : int; offset : int; head : Record.hash; content : string }
type found = None_yet | Found of t | Misfit of string

let path ~log = log ^ ".checkpoint"
let kind = "core_risk-checkpoint-1"
let bytes_max = 256 * 1024 * 1024

(* {2 The text} *)

let head_text ~program { seq; offset; head; content } =
  let content = Sha256.to_hex (Sha256.string content) in
  Printf.sprintf "%s %s %d %d %s %s" kind program seq offset (head :> string) content

let text ~program checkpoint =
  let head = head_text ~program checkpoint in
  Printf.sprintf "%s %s\n%s" head (Sha256.to_hex (Sha256.string head)) checkpoint.content

let ( let* ) = Option.bind

let parsed ~program whole =
  let* line_feed = String.index_opt whole '\n' in
  let content = String.sub whole (line_feed + 1) (String.length whole - line_feed - 1) in
  match String.split_on_char ' ' (String.sub whole 0 line_feed) with
  | [ _; _; seq; offset; head; _; _ ] ->
    let* seq = int_of_string_opt seq in
    let* offset = int_of_string_opt offset in
    let* head = Record.hash_of_text head in
    let checkpoint = { seq; offset; head; content } in
    if String.equal whole (text ~program checkpoint) then Some checkpoint else None
  | _ -> None

(* {2 The file} *)

let sync_directory path =
  let fd = Unix.openfile (Filename.dirname path) [ Unix.O_RDONLY; Unix.O_CLOEXEC ] 0 in
  Fun.protect ~finally:(fun () -> Unix.close fd) (fun () -> Unix.fsync fd)

let file_mode = 0o600

let write_synced path text =
  let fd = Unix.openfile path [ Unix.O_WRONLY; Unix.O_CREAT; Unix.O_TRUNC; Unix.O_CLOEXEC ] file_mode in
  Fun.protect
    ~finally:(fun () -> Unix.close fd)
    (fun () ->
       let rec write from =
         if from < String.length text then
           write (from + Unix.write_substring fd text from (String.length text - from))
       in
       write 0;
       Unix.fsync fd)

let write ~log ~program checkpoint =
  let path = path ~log in
  match
    write_synced (path ^ ".new") (text ~program checkpoint);
    Crash_point.reach Before_checkpoint_rename;
    Unix.rename (path ^ ".new") path;
    sync_directory path;
    Crash_point.reach After_checkpoint_rename
  with
  | () -> Ok ()
  | exception Unix.Unix_error (error, call, _) -> Error (Printf.sprintf "%s: %s: %s" path call (Unix.error_message error))

let read_file path =
  let channel = open_in_bin path in
  Fun.protect
    ~finally:(fun () -> close_in channel)
    (fun () ->
       let length = in_channel_length channel in
       if length > bytes_max then None else Some (really_input_string channel length))

let read ~log ~program =
  let path = path ~log in
  if not (Sys.file_exists path) then None_yet
  else
    match Option.bind (read_file path) (parsed ~program) with
    | Some checkpoint -> Found checkpoint
    | None -> Misfit (path ^ ": it is of another program, or not what was written")
    | exception Sys_error why -> Misfit why
