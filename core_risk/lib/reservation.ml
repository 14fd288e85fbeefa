(* What an approval holds back. *)

type t = { order : Order.t; verdict : Verdict.t; worth : Worth.t; price : Price.t; remaining : Qty.t }

let price (order : Order.t) ~bid ~ask ~collar_ppm =
  let raised price = Price.raised price ~ppm:collar_ppm in
  match (order.kind, order.side) with
  | Order.Market, Side.Buy -> raised ask
  | Order.Market, Side.Sell -> raised bid
  | Order.Limit limit, Side.Buy -> Some limit
  | Order.Limit limit, Side.Sell -> Option.map (Price.max limit) (raised bid)
  | Order.Stop trigger, Side.Buy -> raised (Price.max trigger ask)
  | Order.Stop trigger, Side.Sell -> raised trigger

let notional reservation = Money.of_trade Money.Up reservation.worth reservation.price reservation.remaining

let cash reservation ~fee_ppm =
  match reservation.order.side with
  | Side.Sell -> Ok Money.zero
  | Side.Buy ->
    Result.bind (notional reservation) (fun notional ->
        Result.bind (Money.fee notional ~ppm:fee_ppm) (fun fee -> Money.add notional fee))

let within_limit (order : Order.t) (price : Price.t) =
  match (order.kind, order.side) with
  | Order.Limit limit, Side.Buy -> (price :> int) <= (limit :> int)
  | Order.Limit limit, Side.Sell -> (price :> int) >= (limit :> int)
  | (Order.Market | Order.Stop _), (Side.Buy | Side.Sell) -> true

let covers reservation side price (qty : Qty.t) ~bot ~symbol =
  let order = reservation.order in
  String.equal order.bot bot && String.equal order.symbol symbol && order.side = side
  && (qty :> int) <= (reservation.remaining :> int)
  && within_limit order price
