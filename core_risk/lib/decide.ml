(* All rules in the order of the table. *)

type t = {
  decision : Verdict.decision;
  findings : Finding.t list;
  grant : (Worth.t * Price.t) option;
}

let ( let* ) = Result.bind

(* Findings pile up newest first; an error carries the refusing one and those before it. *)

let asked (order : Order.t) refusal = not (order.reduce_only && Refusal.lets_reduce_only_pass refusal)

let rec ask_each state order findings = function
  | [] -> Ok findings
  | (refusal, _) :: rest when not (asked order refusal) -> ask_each state order findings rest
  | (_, rule) :: rest -> (
      match rule state order with
      | Ok finding -> ask_each state order (finding :: findings) rest
      | Error finding -> Error (finding, findings))

let rec size_each (grounds : Grounds.t) qty findings = function
  | [] -> Ok (qty, findings)
  | (refusal, _) :: rest when not (asked grounds.order refusal) -> size_each grounds qty findings rest
  | (_, rule) :: rest -> (
      match rule grounds qty with
      | Ok (finding, qty) -> size_each grounds qty (finding :: findings) rest
      | Error finding -> Error (finding, findings))

let ask state (order : Order.t) market =
  let* findings = ask_each state order [] Rules_standing.all in
  let* grounds, found =
    Result.map_error
      (fun (finding, found) -> (finding, found @ findings))
      (Grounds.find state order market)
  in
  let* qty, findings = size_each grounds order.qty (found @ findings) Rules_size.all in
  let* findings = ask_each state order findings Rules_rate.all in
  let* qty, findings = size_each grounds qty findings Rules_size.of_the_day in
  Ok (grounds, qty, findings)

let decide state (order : Order.t) market =
  match ask state order market with
  | Ok (grounds, qty, findings) ->
    let decision = if qty = order.qty then Verdict.Approve qty else Verdict.Reduce qty in
    { decision; findings = List.rev findings; grant = Some (grounds.instrument.worth, grounds.price) }
  | Error (finding, findings) ->
    { decision = Verdict.Refuse finding.rule; findings = List.rev (finding :: findings); grant = None }
