(* The account and its log as one thing. *)

open Risk
open Risk_json

type durability = Synced | Unsynced
type failed = Log_failed of string

type t = {
  file : Log_file.t;
  durability : durability;
  mutable state : State.t;
  mutable failure : failed option;
}

type opening = { ledger : t; cut : int; records : int }

let state ledger = ledger.state
let failure ledger = ledger.failure
let log_bytes ledger = Log_file.size ledger.file
let close ledger = Log_file.close ledger.file

(* {2 Opening} *)

let begin_log file rules =
  Log_file.append file ~seq:Rebuild.first_seq (Event_json.to_text (Step.Configured rules) Step.Noted);
  State.start rules

let configure file state rules =
  let event = Step.Configured rules in
  let after, reply = Step.step state event in
  if after != state then Log_file.append file ~seq:after.State.log_seq (Event_json.to_text event reply);
  after

let open_ ~path durability rules =
  let opened = Log_file.open_ ~path ~init:None Rebuild.take in
  Result.bind opened (fun ({ Log_file.file; cut }, account) ->
      let records = match account with None -> 0 | Some state -> state.State.log_seq + 1 in
      match
        let state =
          match account with None -> begin_log file rules | Some state -> configure file state rules
        in
        Log_file.sync_now file;
        state
      with
      | state -> Ok { ledger = { file; durability; state; failure = None }; cut; records }
      | exception Unix.Unix_error (error, call, _) ->
        Log_file.close file;
        Error (Log_file.Unusable (call ^ ": " ^ Unix.error_message error)))

(* {2 Stepping} *)

let step_and_append ledger (state, replies) event =
  let after, reply = Step.step state event in
  if after != state then Log_file.append ledger.file ~seq:after.State.log_seq (Event_json.to_text event reply);
  (after, reply :: replies)

let fail ledger words =
  let failed = Log_failed words in
  ledger.failure <- Some failed;
  Lwt.return_error failed

let keep ledger (after, replies) =
  ledger.state <- after;
  Lwt.return_ok (after, List.rev replies)

let apply_appended ledger events =
  let before = ledger.state in
  let after, replies = List.fold_left (step_and_append ledger) (before, []) events in
  let open Lwt.Syntax in
  let* () =
    match ledger.durability with
    | Synced when after != before -> Log_file.sync ledger.file
    | Synced | Unsynced -> Lwt.return_unit
  in
  keep ledger (after, replies)

let apply ledger events =
  match ledger.failure with
  | Some failed -> Lwt.return_error failed
  | None ->
    Lwt.catch
      (fun () -> apply_appended ledger events)
      (function
        | Unix.Unix_error (error, call, _) -> fail ledger (call ^ ": " ^ Unix.error_message error)
        | exn -> Lwt.fail exn)
