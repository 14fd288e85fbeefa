(* One bot's position in one instrument. *)

type t = { qty : int; cost : Money.t; realised : Money.t; trip : Money.t }

let ( let* ) = Result.bind
let flat = { qty = 0; cost = Money.zero; realised = Money.zero; trip = Money.zero }

type trip_end = Still_open | Came_home of Money.t

let signed side (qty : Qty.t) =
  match side with Side.Buy -> (qty :> int) | Side.Sell -> -(qty :> int)

let closing position side (qty : Qty.t) =
  let lots = signed side qty in
  if position.qty = 0 || position.qty > 0 = (lots > 0) then 0 else min (abs position.qty) (abs lots)

let opened position lots ~notional ~fee =
  let* cost = Money.add position.cost notional in
  let* trip = Money.sub position.trip fee in
  match Qty.sum position.qty lots with
  | None -> Error Money.Overflow
  | Some qty -> Ok { position with qty; cost; trip }

(* [lots] of an open position leave it: its cost is released in their share, rounded against us. *)
let closed position lots ~notional ~fee =
  let whole = abs position.qty in
  let long = position.qty > 0 in
  let* released = Money.share (if long then Money.Up else Money.Down) position.cost ~part:lots ~whole in
  let* gain = if long then Money.sub notional released else Money.sub released notional in
  let* realised = Money.add position.realised gain in
  let* cost = Money.sub position.cost released in
  let* trip = Result.bind (Money.add position.trip gain) (fun trip -> Money.sub trip fee) in
  let qty = if long then position.qty - lots else position.qty + lots in
  Ok { qty; cost; realised; trip }

let book position side (qty : Qty.t) ~notional ~closing_notional ~fee =
  let lots = signed side qty in
  let close = closing position side qty in
  if close = 0 then
    let* position = opened position lots ~notional ~fee in
    Ok (position, Still_open)
  else if close = (qty :> int) then
    let* after = closed position close ~notional ~fee in
    if after.qty = 0 then Ok ({ after with trip = Money.zero }, Came_home after.trip) else Ok (after, Still_open)
  else
    let* fee_closing = Money.share Money.Up fee ~part:close ~whole:(qty :> int) in
    let* fee_opening = Money.sub fee fee_closing in
    let* notional_opening = Money.sub notional closing_notional in
    let* home = closed position close ~notional:closing_notional ~fee:fee_closing in
    let rest = if lots > 0 then lots - close else lots + close in
    let* after = opened { home with trip = Money.zero } rest ~notional:notional_opening ~fee:fee_opening in
    Ok (after, Came_home home.trip)

let value position worth ~bid ~ask =
  match Qty.of_int (abs position.qty) with
  | None -> Ok Money.zero
  | Some qty ->
    if position.qty > 0 then Money.of_trade Money.Down worth bid qty
    else Result.map Money.neg (Money.of_trade Money.Up worth ask qty)

let invariant position =
  if (position.cost :> int) < 0 then Error "an open position's cost is negative"
  else if position.qty = 0 && ((position.cost :> int) <> 0 || (position.trip :> int) <> 0) then
    Error "a flat position has a cost or an open trip"
  else Ok ()
