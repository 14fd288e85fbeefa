(* Rules 16 to 26 and 33: size and price. *)

type rule = Grounds.t -> Qty.t -> (Finding.t * Qty.t, Finding.t) result

let ( let* ) = Result.bind

(* {2 Filters of the exchange} *)

let lots_wrong (instrument : Instrument.t) (qty : Qty.t) =
  let lots = (qty :> int) in
  if lots < instrument.qty_min then Some instrument.qty_min
  else if instrument.qty_max > 0 && lots > instrument.qty_max then Some instrument.qty_max
  else None

(* At the price the exchange would take: the order's own, or for a market order the opposite best. *)
let filter_notional (grounds : Grounds.t) qty =
  let price = Option.value (Order.limit_price grounds.order.kind) ~default:grounds.opposite in
  Finding.within_bounds (Money.of_trade Money.Down grounds.instrument.worth price qty)

let lot_filter (grounds : Grounds.t) (qty : Qty.t) =
  let value = (qty :> int) in
  match lots_wrong grounds.instrument qty with
  | Some limit -> Finding.fails Refusal.Lot_filter ~value ~limit
  | None ->
    let limit = if grounds.instrument.qty_max > 0 then grounds.instrument.qty_max else Money.max_e8 in
    Result.map (fun finding -> (finding, qty)) (Finding.holds Refusal.Lot_filter ~value ~limit)

let notional_filter (grounds : Grounds.t) qty =
  let* (notional : Money.t) = filter_notional grounds qty in
  let value = (notional :> int) and limit = grounds.instrument.notional_min_e8 in
  if value < limit then Finding.fails Refusal.Notional_filter ~value ~limit
  else Result.map (fun finding -> (finding, qty)) (Finding.holds Refusal.Notional_filter ~value ~limit)

(* {2 Cutting} *)

(* The quantity that a rule leaves must still pass the filters; one that does not is no order, and the rule refuses. *)
let passes_filters (grounds : Grounds.t) qty =
  lots_wrong grounds.instrument qty = None
  &&
  match filter_notional grounds qty with
  | Ok notional -> (notional :> int) >= grounds.instrument.notional_min_e8
  | Error (_ : Finding.t) -> false

(* [fits] is the largest quantity within the rule, if there is one; [value] the figure of [qty] as asked. *)
let cut_to fits grounds (qty : Qty.t) rule ~value ~limit =
  let keep qty = Result.map (fun finding -> (finding, qty)) (Finding.holds rule ~value ~limit) in
  match fits with
  | Some (most : Qty.t) when (most :> int) >= (qty :> int) -> keep qty
  | Some most when passes_filters grounds most -> keep most
  | Some _ | None -> Finding.fails rule ~value ~limit

let notional_at (grounds : Grounds.t) qty =
  Finding.within_bounds (Money.of_trade Money.Up grounds.instrument.worth grounds.price qty)

let qty_within (grounds : Grounds.t) amount = Money.qty_within amount grounds.instrument.worth grounds.price

let order_size (grounds : Grounds.t) qty =
  let limit = grounds.state.rules.limits.order_notional_max in
  let* (notional : Money.t) = notional_at grounds qty in
  cut_to (qty_within grounds limit) grounds qty Refusal.Order_size ~value:(notional :> int) ~limit:(limit :> int)

let price_collar (grounds : Grounds.t) qty =
  let distance (price : Price.t) = Price.distance_ppm price ~from:grounds.opposite in
  let beyond =
    match (grounds.order.kind, grounds.order.side) with
    | Order.Limit limit, Side.Buy when (limit :> int) > (grounds.opposite :> int) -> distance limit
    | Order.Limit limit, Side.Sell when (limit :> int) < (grounds.opposite :> int) -> distance limit
    | (Order.Market | Order.Limit _ | Order.Stop _), (Side.Buy | Side.Sell) -> 0
  in
  let value = max beyond (distance grounds.order.reference_price) in
  Result.map
    (fun finding -> (finding, qty))
    (Finding.at_most Refusal.Price_collar ~value ~limit:grounds.state.rules.limits.price_collar_ppm)

(* Lots that an order of this side can close: what is open, less what open orders of the same side already close. *)
let closable (grounds : Grounds.t) =
  let order = grounds.order in
  let position = State.position grounds.state ~bot:order.bot ~symbol:order.symbol in
  let pending =
    State.Symbols.fold
      (fun _ (reservation : Reservation.t) lots ->
         let other = reservation.order in
         if String.equal other.bot order.bot && String.equal other.symbol order.symbol && other.side = order.side then
           lots + (reservation.remaining :> int)
         else lots)
      grounds.state.open_orders 0
  in
  let held = match order.side with Side.Sell -> position.qty | Side.Buy -> -position.qty in
  max 0 (held - pending)

let may_only_close (grounds : Grounds.t) =
  grounds.order.reduce_only
  || match grounds.order.side with Side.Sell -> not grounds.state.rules.allow_short | Side.Buy -> false

let short_disabled grounds (qty : Qty.t) =
  let value = (qty :> int) in
  if may_only_close grounds then
    let limit = closable grounds in
    cut_to (Qty.of_int limit) grounds qty Refusal.Short_disabled ~value ~limit
  else Result.map (fun finding -> (finding, qty)) (Finding.holds Refusal.Short_disabled ~value ~limit:Money.max_e8)

(* The largest quantity whose notional and fee, each rounded up, are within the cash: found by halving, since the two
   roundings leave no exact division. *)
let qty_for_cash (grounds : Grounds.t) (cash : Money.t) ~fee_ppm most =
  let fits lots =
    match Qty.of_int lots with
    | None -> true
    | Some qty -> (
        let needed =
          let* notional = Money.of_trade Money.Up grounds.instrument.worth grounds.price qty in
          let* fee = Money.fee notional ~ppm:fee_ppm in
          Money.add notional fee
        in
        match needed with Ok needed -> (needed :> int) <= (cash :> int) | Error Money.Overflow -> false)
  in
  let rec largest low high =
    if low >= high then low
    else
      let middle = low + ((high - low + 1) / 2) in
      if fits middle then largest middle high else largest low (middle - 1)
  in
  Qty.of_int (largest 0 most)

let insufficient_cash (grounds : Grounds.t) (qty : Qty.t) =
  let rules = grounds.state.rules in
  let fee_ppm = max rules.maker_fee_ppm rules.taker_fee_ppm in
  let* reserved = Finding.within_bounds (State.reserved_cash grounds.state) in
  let* (free : Money.t) = Finding.within_bounds (Money.sub grounds.state.cash reserved) in
  match grounds.order.side with
  | Side.Sell ->
    Result.map
      (fun finding -> (finding, qty))
      (Finding.holds Refusal.Insufficient_cash ~value:0 ~limit:(free :> int))
  | Side.Buy ->
    let* notional = notional_at grounds qty in
    let* fee = Finding.within_bounds (Money.fee notional ~ppm:fee_ppm) in
    let* (needed : Money.t) = Finding.within_bounds (Money.add notional fee) in
    cut_to
      (qty_for_cash grounds free ~fee_ppm (qty :> int))
      grounds qty Refusal.Insufficient_cash ~value:(needed :> int) ~limit:(free :> int)

(* {2 Exposure} *)

let smaller (a : Money.t) (b : Money.t) = if (a :> int) <= (b :> int) then a else b

(* Exposure of [scope] with [qty] more. *)
let exposure_after (grounds : Grounds.t) scope qty =
  let order = grounds.order in
  let* notional = notional_at grounds qty in
  Finding.within_bounds
    (Result.bind
       (Exposure.adding grounds.exposure ~bot:order.bot ~symbol:order.symbol order.side notional)
       (fun exposure -> Exposure.total exposure scope))

(* The other side of the same pair may be beyond the limit already; then room on this side does not help. *)
let exposure_fits (grounds : Grounds.t) scope ~(limit : Money.t) qty =
  let* (after : Money.t) = exposure_after grounds scope qty in
  if (after :> int) <= (limit :> int) then Ok (Some qty)
  else
    let order = grounds.order in
    let* room =
      Finding.within_bounds
        (Exposure.room grounds.exposure scope ~limit ~bot:order.bot ~symbol:order.symbol order.side)
    in
    match qty_within grounds room with
    | None -> Ok None
    | Some most ->
      let* (after : Money.t) = exposure_after grounds scope (Qty.min most qty) in
      Ok (if (after :> int) <= (limit :> int) then Some (Qty.min most qty) else None)

let amount_rule rule scope ~limit grounds qty =
  let* (after : Money.t) = exposure_after grounds scope qty in
  let* fits = exposure_fits grounds scope ~limit qty in
  cut_to fits grounds qty rule ~value:(after :> int) ~limit:(limit :> int)

let position_instrument (grounds : Grounds.t) =
  amount_rule Refusal.Position_instrument (Exposure.Instrument grounds.order.symbol)
    ~limit:grounds.state.rules.limits.position_instrument_max grounds

let position_bot (grounds : Grounds.t) =
  amount_rule Refusal.Position_bot (Exposure.Bot grounds.order.bot)
    ~limit:(smaller grounds.state.rules.limits.position_bot_max grounds.capital)
    grounds

let position_portfolio (grounds : Grounds.t) =
  amount_rule Refusal.Position_portfolio Exposure.Portfolio ~limit:grounds.state.rules.limits.position_portfolio_max
    grounds

(* exposure · 10⁶ / equity ≤ ppm exactly when exposure ≤ ⌊equity · ppm / 10⁶⌋. Without equity there is no share to have. *)
let share_rule rule scope ~ppm (grounds : Grounds.t) qty =
  if (grounds.equity :> int) <= 0 then Finding.fails rule ~value:Money.max_e8 ~limit:ppm
  else
    let* limit = Finding.within_bounds (Money.share Money.Down grounds.equity ~part:ppm ~whole:1_000_000) in
    let* after = exposure_after grounds scope qty in
    let* value = Finding.within_bounds (Money.ppm_of after grounds.equity) in
    let* fits = exposure_fits grounds scope ~limit qty in
    cut_to fits grounds qty rule ~value ~limit:ppm

let concentration (grounds : Grounds.t) =
  share_rule Refusal.Concentration (Exposure.Instrument grounds.order.symbol)
    ~ppm:grounds.state.rules.limits.concentration_max_ppm grounds

let leverage (grounds : Grounds.t) =
  share_rule Refusal.Leverage Exposure.Portfolio ~ppm:grounds.state.rules.limits.leverage_max_ppm grounds

let all =
  [ (Refusal.Lot_filter, lot_filter);
    (Refusal.Notional_filter, notional_filter);
    (Refusal.Order_size, order_size);
    (Refusal.Price_collar, price_collar);
    (Refusal.Short_disabled, short_disabled);
    (Refusal.Insufficient_cash, insufficient_cash);
    (Refusal.Position_instrument, position_instrument);
    (Refusal.Position_bot, position_bot);
    (Refusal.Position_portfolio, position_portfolio);
    (Refusal.Concentration, concentration);
    (Refusal.Leverage, leverage) ]

(* {2 The day} *)

let notional_per_day (grounds : Grounds.t) qty =
  let today = Day.at grounds.state.granted_today grounds.order.event_ns in
  let limit = grounds.state.rules.limits.notional_per_day_max in
  let* notional = notional_at grounds qty in
  let* (after : Money.t) = Finding.within_bounds (Money.add today.notional notional) in
  let* room = Finding.within_bounds (Money.sub limit today.notional) in
  cut_to (qty_within grounds room) grounds qty Refusal.Notional_per_day ~value:(after :> int) ~limit:(limit :> int)

let of_the_day = [ (Refusal.Notional_per_day, notional_per_day) ]
