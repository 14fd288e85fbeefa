(* The log as a file. *)

type t = { descriptor : Unix.file_descr; synced : Lwt_unix.file_descr; mutable last : Line.hash; mutable size : int }

type refusal = In_use | Unusable of string | Corrupt of { line : int; offset : int; why : string }

let refusal_text ~path = function
  | In_use -> Printf.sprintf "%s: another core_risk writes it; stop that one first" path
  | Unusable words -> Printf.sprintf "%s: %s" path words
  | Corrupt { line; offset; why } ->
    Printf.sprintf
      "%s: line %d (byte %d): %s. It is evidence, so nothing was changed: restore the file from a copy, or move it \
       aside to begin a new account together with a new journal"
      path line offset why

type opened = { file : t; cut : int }

exception Refused of refusal

let read_bytes = 65_536

(* {2 Reading} *)

type 'a reading = { account : 'a; after : Line.hash; line : int; offset : int }

let corrupt reading why = raise (Refused (Corrupt { line = reading.line; offset = reading.offset; why }))

let take_line take reading text =
  match Line.read ~after:reading.after text with
  | Error Line.No_line -> Error "it is no record"
  | Error Line.Wrong_hash -> Error "its checksum does not follow from the line before: it was changed, or lines are missing"
  | Ok { seq; json; hash } -> (
      match take reading.account ~seq json with
      | Error why -> corrupt reading why
      | Ok account ->
        Ok { account; after = hash; line = reading.line + 1; offset = reading.offset + String.length text + 1 })

(* Whole lines are taken as they come; the last one is held back, for it alone may be torn. *)
let rec take_lines take reading = function
  | [] -> (reading, "")
  | [ rest ] -> (reading, rest)
  | text :: rest -> (
      match take_line take reading text with
      | Ok reading -> take_lines take reading rest
      | Error why -> if rest = [ "" ] && Line.may_be_torn text then (reading, text) else corrupt reading why)

let read_chunk descriptor buffer =
  let got = Unix.read descriptor buffer 0 read_bytes in
  Bytes.sub_string buffer 0 got

let rec read_all take descriptor buffer reading rest =
  if String.length rest > Line.bytes_max then corrupt reading (Printf.sprintf "longer than %d bytes" Line.bytes_max);
  match read_chunk descriptor buffer with
  | "" -> reading
  | chunk ->
    let reading, rest = take_lines take reading (String.split_on_char '\n' (rest ^ chunk)) in
    read_all take descriptor buffer reading rest

(* {2 Opening} *)

let lock descriptor =
  try Unix.lockf descriptor Unix.F_TLOCK 0
  with Unix.Unix_error ((Unix.EAGAIN | Unix.EACCES), _, _) -> raise (Refused In_use)

(* The name of a new file is on the disk once its directory is. *)
let sync_directory path =
  let directory = Unix.openfile (Filename.dirname path) [ Unix.O_RDONLY; Unix.O_CLOEXEC ] 0 in
  Fun.protect ~finally:(fun () -> Unix.close directory) (fun () -> Unix.fsync directory)

let cut_tail descriptor reading =
  let size = (Unix.fstat descriptor).st_size in
  let cut = size - reading.offset in
  if cut > 0 then (
    Unix.ftruncate descriptor reading.offset;
    Unix.fsync descriptor);
  cut

let open_locked ~path ~init take descriptor =
  lock descriptor;
  sync_directory path;
  let start = { account = init; after = Line.origin; line = 1; offset = 0 } in
  let reading = read_all take descriptor (Bytes.create read_bytes) start "" in
  let cut = cut_tail descriptor reading in
  let synced = Lwt_unix.of_unix_file_descr ~blocking:true ~set_flags:false descriptor in
  ({ file = { descriptor; synced; last = reading.after; size = reading.offset }; cut }, reading.account)

let open_ ~path ~init take =
  match Unix.openfile path [ Unix.O_RDWR; Unix.O_APPEND; Unix.O_CREAT; Unix.O_CLOEXEC ] 0o600 with
  | exception Unix.Unix_error (error, _, _) -> Error (Unusable (Unix.error_message error))
  | descriptor -> (
      match open_locked ~path ~init take descriptor with
      | opened -> Ok opened
      | exception Refused refusal ->
        Unix.close descriptor;
        Error refusal
      | exception Unix.Unix_error (error, call, _) ->
        Unix.close descriptor;
        Error (Unusable (call ^ ": " ^ Unix.error_message error)))

(* {2 Appending} *)

let rec write_all descriptor text at =
  if at < String.length text then
    write_all descriptor text (at + Unix.write_substring descriptor text at (String.length text - at))

let append log ~seq json =
  let text, hash = Line.write ~after:log.last ~seq json in
  write_all log.descriptor text 0;
  log.last <- hash;
  log.size <- log.size + String.length text

let sync log = Lwt_unix.fdatasync log.synced
let sync_now log = Unix.fsync log.descriptor
let size log = log.size
let close log = Unix.close log.descriptor
