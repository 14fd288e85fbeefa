(* The account, its log, and the checkpoint of the two, held together. *)

open Lwt.Infix
open Risk
module Checkpoint = Risk_log.Checkpoint
module Journal = Risk_log.Journal
module Replay = Risk_json.Replay

type t = {
  path : string;
  program : string;
  journal : Journal.t;
  mutable state : State.t;
  mutable checkpointed : int;  (** record of the last checkpoint *)
  mutable tell : seconds:float -> unit;
}

type opened = { books : t; records : int; since : int; cut_bytes : int; misfit : string option }

let checkpoint_records = 10_000

let state books = books.state
let on_append books tell = books.tell <- tell
let set_fsync books fsync = Journal.set_fsync books.journal fsync

(* {2 Checkpoints} *)

(* Marshalled values are those of this very executable: no other may read them. *)
let this_program = lazy (Digest.to_hex (Digest.file Sys.executable_name))

let keep_checkpoint books =
  let checkpoint =
    { Checkpoint.seq = Journal.seq books.journal; offset = Journal.offset books.journal;
      head = Journal.head books.journal; content = Marshal.to_string books.state [] }
  in
  books.checkpointed <- checkpoint.seq;
  match Checkpoint.write ~log:books.path ~program:books.program checkpoint with
  | Ok () -> ()
  | Error why -> Logs.warn (fun log -> log "no checkpoint could be kept: %s" why)

let checkpoint_if_due books =
  if Journal.seq books.journal - books.checkpointed >= checkpoint_records then keep_checkpoint books

let close books =
  if Journal.seq books.journal > books.checkpointed then keep_checkpoint books;
  Journal.close books.journal

let since ~path ~program =
  match Checkpoint.read ~log:path ~program with
  | Checkpoint.None_yet -> (None, None)
  | Misfit why -> (None, Some why)
  | Found { seq; offset; head; content } ->
    let state : State.t = Marshal.from_string content 0 in
    (Some { Journal.seq; offset; head; folded = Replay.Account state }, None)

(* {2 Events} *)

(* A disk may take long: the event loop goes on meanwhile. *)
let synced journal =
  if Journal.syncs journal then Lwt_preemptive.detach Journal.sync journal else Lwt.return (Journal.sync journal)

let apply books event =
  let after, reply = Step.step books.state event in
  if after == books.state then Lwt.return reply
  else
    let started = Unix.gettimeofday () in
    let written = Journal.write books.journal (Risk_json.Event_json.to_text event reply) in
    synced books.journal >|= fun () ->
    Journal.keep books.journal written;
    books.tell ~seconds:(Unix.gettimeofday () -. started);
    books.state <- after;
    checkpoint_if_due books;
    reply

let first_record journal rules =
  Journal.append journal (Risk_json.Event_json.to_text (Step.Configured rules) Step.Noted);
  Step.start rules

(* Before there is an event loop. *)
let configure books rules =
  let event = Step.Configured rules in
  let after, reply = Step.step books.state event in
  if after != books.state then (
    Journal.append books.journal (Risk_json.Event_json.to_text event reply);
    books.state <- after)

let open_log ~path ~rules =
  let program = Lazy.force this_program in
  let since, misfit = since ~path ~program in
  let read_after = match since with None -> 0 | Some { Journal.seq; _ } -> seq in
  Result.map
    (fun { Journal.journal; folded; cut_bytes } ->
       let records = Journal.seq journal in
       let state =
         match folded with Replay.Account state -> state | Replay.Empty -> first_record journal rules
       in
       let books = { path; program; journal; state; checkpointed = read_after; tell = (fun ~seconds:_ -> ()) } in
       configure books rules;
       checkpoint_if_due books;
       { books; records; since = read_after; cut_bytes; misfit })
    (Journal.open_file ~path ?since ~init:Replay.Empty ~fold:Replay.record ())
