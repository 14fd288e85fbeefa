(* The log file. *)

type t = {
  fd : Unix.file_descr;
  mutable seq : int;
  mutable head : Record.hash;
  mutable offset : int;
  mutable fsync : bool;
}

type fault =
  | In_use
  | Corrupt of { record : int; offset : int; why : string }
  | Rejected of { record : int; offset : int; why : string }
  | Unusable of string

let fault_text ~path = function
  | In_use -> Printf.sprintf "%s: another process writes this log; stop it first" path
  | Corrupt { record; offset; why } ->
    Printf.sprintf
      "%s: record %d at byte %d is damaged: %s. Nothing was changed. Restore the file from a backup, or move it away to \
       start an empty account"
      path record offset why
  | Rejected { record; offset; why } ->
    Printf.sprintf "%s: record %d at byte %d cannot be replayed by this version: %s" path record offset why
  | Unusable why -> Printf.sprintf "%s: %s" path why

let record_bytes_max = 1_048_576

type 'a since = { seq : int; offset : int; head : Record.hash; folded : 'a }
type 'a opened = { journal : t; folded : 'a; cut_bytes : int }

exception Fault of fault
exception Write_failed of string

(* {2 Reading} *)

type tail = Whole | Torn of int  (** offset *)

(* A write cut short is the beginning of a line. A whole record whose line feed alone is another byte was not cut short. *)
let check_tail ~after ~seq ~offset tail =
  match Record.read ~after ~seq (String.sub tail 0 (String.length tail - 1)) with
  | Ok _ -> raise (Fault (Corrupt { record = seq; offset; why = "its line feed is another byte" }))
  | Error _ -> Torn offset

(* A power cut can leave the length of the last write but not its bytes: zeros, perhaps with the line feed after them. One
   changed bit never makes two zero bytes. *)
let is_unwritten line =
  let rec two_from index =
    match String.index_from_opt line index '\000' with
    | Some zero when zero + 1 < String.length line -> line.[zero + 1] = '\000' || two_from (zero + 1)
    | Some _ | None -> false
  in
  two_from 0

let is_last lines =
  match Lines.next lines with
  | Lines.End -> true
  | Lines.Line _ | Tail _ | Too_long -> false

let corrupt record offset why = raise (Fault (Corrupt { record; offset; why }))

let read_all channel (since : 'a since) ~fold =
  let lines = Lines.of_channel channel ~length_max:record_bytes_max in
  let rec read folded after seq offset =
    let record = seq + 1 in
    match Lines.next lines with
    | Lines.End -> (folded, seq, after, Whole)
    | Lines.Too_long -> corrupt record offset (Printf.sprintf "it is longer than %d bytes" record_bytes_max)
    | Lines.Tail tail -> (folded, seq, after, check_tail ~after ~seq:record ~offset tail)
    | Lines.Line line -> (
        match Record.read ~after ~seq:record line with
        | Error _ when is_unwritten line && is_last lines -> (folded, seq, after, Torn offset)
        | Error why -> corrupt record offset why
        | Ok (payload, hash) -> (
            match fold folded ~seq:record payload with
            | Error why -> raise (Fault (Rejected { record; offset; why }))
            | Ok folded -> read folded hash record (offset + String.length line + 1)))
  in
  read since.folded since.head since.seq since.offset

let beginning init = { seq = 0; offset = 0; head = Record.genesis; folded = init }

(* Sets the channel to [since]: before it must stand the record it speaks of. *)
let seek channel (since : 'a since) =
  let length = in_channel_length channel in
  let missing = since.offset - length in
  if missing > 0 then
    corrupt since.seq length (Printf.sprintf "the log ends %d bytes before its checkpoint" missing);
  let span = min since.offset (record_bytes_max + 1) in
  seek_in channel (since.offset - span);
  let before = really_input_string channel span in
  let line =
    if span < 2 || before.[span - 1] <> '\n' then None
    else
      let from = match String.rindex_from_opt before (span - 2) '\n' with None -> 0 | Some feed -> feed + 1 in
      Record.hash_in (String.sub before from (span - 1 - from))
  in
  if since.offset > 0 && line <> Some (since.seq, since.head) then
    corrupt since.seq since.offset "it is not the one that its checkpoint was made of"

let guarded work =
  match work () with
  | result -> Ok result
  | exception Fault fault -> Error fault
  | exception Unix.Unix_error (error, call, _) -> Error (Unusable (call ^ ": " ^ Unix.error_message error))
  | exception Sys_error why -> Error (Unusable why)

let verify ~path ~init ~fold =
  guarded (fun () ->
      let channel = open_in_bin path in
      Fun.protect
        ~finally:(fun () -> close_in channel)
        (fun () ->
           let folded, seq, head, _tail = read_all channel (beginning init) ~fold in
           (folded, seq, head)))

(* {2 Opening} *)

let sync_directory path =
  let fd = Unix.openfile (Filename.dirname path) [ Unix.O_RDONLY; Unix.O_CLOEXEC ] 0 in
  Fun.protect ~finally:(fun () -> Unix.close fd) (fun () -> Unix.fsync fd)

let lock fd =
  match Unix.lockf fd Unix.F_TLOCK 0 with
  | () -> ()
  | exception Unix.Unix_error ((Unix.EAGAIN | Unix.EACCES), _, _) -> raise (Fault In_use)

let file_mode = 0o600

(* The channel shares the descriptor, which stays open: closing any descriptor of the file would drop the lock. *)
let fold_file fd since ~fold =
  let channel = Unix.in_channel_of_descr fd in
  seek channel since;
  let folded, seq, head, tail = read_all channel since ~fold in
  let size = Unix.lseek fd 0 Unix.SEEK_END in
  let cut_bytes = match tail with Whole -> 0 | Torn offset -> size - offset in
  if cut_bytes > 0 then Unix.ftruncate fd (size - cut_bytes);
  let offset = Unix.lseek fd 0 Unix.SEEK_END in
  Unix.fsync fd;
  { journal = { fd; seq; head; offset; fsync = true }; folded; cut_bytes }

let open_file ~path ?since ~init ~fold () =
  let since = Option.value since ~default:(beginning init) in
  guarded (fun () ->
      let fd = Unix.openfile path [ Unix.O_RDWR; Unix.O_CREAT; Unix.O_CLOEXEC ] file_mode in
      try
        lock fd;
        sync_directory path;
        fold_file fd since ~fold
      with error ->
        Unix.close fd;
        raise error)

(* {2 Appending} *)

let write_all fd text =
  let rec write from =
    if from < String.length text then
      match Unix.write_substring fd text from (String.length text - from) with
      | written -> write (from + written)
      | exception Unix.Unix_error (Unix.EINTR, _, _) -> write from
  in
  write 0

type written = { bytes : int; hash : Record.hash }

let or_write_failed work =
  try work () with Unix.Unix_error (error, call, _) -> raise (Write_failed (call ^ ": " ^ Unix.error_message error))

let write (journal : t) payload =
  let line, hash = Record.line ~after:journal.head ~seq:(journal.seq + 1) payload in
  or_write_failed (fun () ->
      Crash_point.reach Before_write;
      write_all journal.fd line;
      Crash_point.reach After_write);
  { bytes = String.length line; hash }

let sync (journal : t) =
  or_write_failed (fun () ->
      if journal.fsync then Unix.fsync journal.fd;
      Crash_point.reach After_fsync)

let keep (journal : t) { bytes; hash } =
  journal.seq <- journal.seq + 1;
  journal.offset <- journal.offset + bytes;
  journal.head <- hash

let append journal payload =
  let written = write journal payload in
  sync journal;
  keep journal written

let seq (journal : t) = journal.seq
let head (journal : t) = journal.head
let offset (journal : t) = journal.offset
let close (journal : t) = Unix.close journal.fd
let syncs (journal : t) = journal.fsync
let set_fsync (journal : t) fsync = journal.fsync <- fsync
