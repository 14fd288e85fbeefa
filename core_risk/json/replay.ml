(* The account as a log tells it. *)

open Risk

type t = Empty | Account of State.t

let follows state ~seq event ~outcome =
  let after, reply = Step.step state event in
  let again = Event_json.outcome reply in
  if after == state then Error "it changes nothing, and such a record is never written"
  else if after.log_seq <> seq then Error (Printf.sprintf "it would be record %d" after.log_seq)
  else if not (String.equal again outcome) then
    Error (Printf.sprintf "it was answered %S and would now be answered %S" outcome again)
  else Ok (Account after)

let record account ~seq payload =
  Result.bind (Event_json.of_text payload) (fun (event, outcome) ->
      match (account, event) with
      | Account state, event -> follows state ~seq event ~outcome
      | Empty, Step.Configured rules -> Ok (Account (Step.start rules))
      | ( Empty,
          ( Step.Listed _ | Asked _ | Filled _ | Ended _ | Marked _ | Deposited _ | Halted _ | Resumed _ ) ) ->
        Error "the first record must be the configuration")
