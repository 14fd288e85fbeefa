(* The account and its log, held together. *)

open Risk
module Journal = Risk_log.Journal

type t = { journal : Journal.t; mutable state : State.t; mutable tell : seconds:float -> unit }
type opened = { books : t; records : int; cut_bytes : int }

let state books = books.state
let on_append books tell = books.tell <- tell
let set_fsync books fsync = Journal.set_fsync books.journal fsync
let close books = Journal.close books.journal

let write books event reply =
  let started = Unix.gettimeofday () in
  Journal.append books.journal (Risk_json.Event_json.to_text event reply);
  books.tell ~seconds:(Unix.gettimeofday () -. started)

let apply books event =
  let after, reply = Step.step books.state event in
  if after != books.state then (
    write books event reply;
    books.state <- after);
  reply

let first_record journal rules =
  Journal.append journal (Risk_json.Event_json.to_text (Step.Configured rules) Step.Noted);
  Step.start rules

let open_log ~path ~rules =
  Result.map
    (fun { Journal.journal; folded; cut_bytes } ->
       let records = Journal.seq journal in
       let state =
         match folded with
         | Risk_json.Replay.Account state -> state
         | Risk_json.Replay.Empty -> first_record journal rules
       in
       let books = { journal; state; tell = (fun ~seconds:_ -> ()) } in
       (match apply books (Step.Configured rules) with _ -> ());
       { books; records; cut_bytes })
    (Journal.open_file ~path ~init:Risk_json.Replay.Empty ~fold:Risk_json.Replay.record)
