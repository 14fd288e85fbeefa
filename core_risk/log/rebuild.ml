(* The account from its log. *)

open Risk
open Risk_json

let first_seq = 0
let ( let* ) = Result.bind

let begin_with event ~seq =
  match event with
  | Step.Configured rules when seq = first_seq -> Ok (State.start rules)
  | Step.Configured _ | Listed _ | Asked _ | Filled _ | Ended _ | Marked _ | Deposited _ | Halted _ | Resumed _ ->
    Error "the log does not begin with the rules"

let again state event ~seq ~outcome =
  let after, reply = Step.step state event in
  let now = Event_json.outcome reply in
  if after.State.log_seq <> seq then
    Error (Printf.sprintf "it is record %d where the account comes to %d" seq after.State.log_seq)
  else if not (String.equal now outcome) then
    Error (Printf.sprintf "it was answered %S, the rules now answer %S" outcome now)
  else Result.map (fun () -> after) (State.invariant after)

let take account ~seq json =
  let* event, outcome = Event_json.of_text json in
  let* state =
    match account with None -> begin_with event ~seq | Some state -> again state event ~seq ~outcome
  in
  Ok (Some state)
