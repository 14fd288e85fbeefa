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
  else Ok (Account after, Some (event, reply))

let retell account ~seq payload =
  Result.bind (Event_json.of_text payload) (fun (event, outcome) ->
      match (account, event) with
      | Account state, event -> follows state ~seq event ~outcome
      | Empty, Step.Configured rules when String.equal outcome (Event_json.outcome Step.Noted) ->
        Ok (Account (Step.start rules), None)
      | ( Empty,
          ( Step.Configured _ | Employed _ | Listed _ | Asked _ | Filled _ | Ended _ | Marked _ | Deposited _
          | Halted _ | Resumed _ ) ) ->
        Error "the first record must be the configuration, and noted")

let record account ~seq payload = Result.map fst (retell account ~seq payload)

let line ~build ~seq payload told =
  let answer =
    match told with
    | Some (Step.Asked (order, _), reply) -> (Answer_json.check ~build order reply).body
    | Some
        ( (Configured _ | Employed _ | Listed _ | Filled _ | Ended _ | Marked _ | Deposited _ | Halted _ | Resumed _),
          _ )
    | None ->
      `Null
  in
  Printf.sprintf {|{"seq":%d,"record":%s,"answer":%s}|} seq payload (Yojson.Safe.to_string answer)
