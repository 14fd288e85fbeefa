(* Orders, fills, ends of orders and deposits. *)

open State

let ( let* ) = Result.bind
let later state event_ns = max state.event_ns event_ns

let remember state (order : Order.t) past =
  { state with past_orders = Remembered.add state.past_orders order.client_id past ~max:past_orders_max }

let kept_max (limits : Ruleset.limits) =
  max limits.orders_per_second_max (max limits.orders_per_minute_max limits.orders_per_hour_max)

let grant state (order : Order.t) verdict (worth, price) remaining =
  let reservation = { Reservation.order; verdict; worth; price; remaining } in
  { state with
    open_orders = Symbols.add order.client_id reservation state.open_orders;
    granted = Window.record state.granted order.event_ns ~kept_max:(kept_max state.rules.limits);
    granted_today = Day.granted state.granted_today order.event_ns (Reservation.notional reservation);
    event_ns = later state order.event_ns }

let refuse state (order : Order.t) verdict =
  let state = { state with event_ns = later state order.event_ns } in
  (* An id that was done before it was asked about stays so: it is refused again, whatever is asked. *)
  match Remembered.find state.past_orders order.client_id with
  | Some (Never_asked | Asked _) -> state
  | None -> remember state order (Asked (order, verdict))

(* {2 Fills} *)

type disagreement = { notional : Money.t option; fee : Money.t option; covered : bool }

type fill_result =
  | Booked of State.t
  | Booked_against of disagreement * State.t
  | Duplicate
  | Out_of_order of int
  | Changed
  | Unbookable of State.t

(* Notional and fee by the table in API.md; [None] where units are unknown or a figure is out of bounds. *)
let computed state (fill : Fill.t) =
  let rounding = match fill.side with Side.Buy -> Money.Up | Side.Sell -> Money.Down in
  let ppm =
    match fill.liquidity with Fill.Maker -> state.rules.maker_fee_ppm | Fill.Taker -> state.rules.taker_fee_ppm
  in
  match Symbols.find_opt fill.symbol state.listings with
  | None -> (None, None)
  | Some { instrument; orderable = _ } -> (
      match Money.of_trade rounding instrument.worth fill.price fill.qty with
      | Error Money.Overflow -> (None, None)
      | Ok notional -> (Some notional, Result.to_option (Money.fee notional ~ppm)))

(* Of a fill that agrees, the closing lots' own notional; of one that does not, their share of what was sent. *)
let closing_notional state (fill : Fill.t) ~agrees lots =
  match (Qty.of_int lots, Symbols.find_opt fill.symbol state.listings) with
  | Some qty, Some { instrument; orderable = _ } when agrees ->
    let rounding = match fill.side with Side.Buy -> Money.Up | Side.Sell -> Money.Down in
    Money.of_trade rounding instrument.worth fill.price qty
  | (Some _ | None), (Some _ | None) -> Money.share Money.Down fill.notional ~part:lots ~whole:(fill.qty :> int)

let cash_after state (fill : Fill.t) =
  let* moved =
    match fill.side with
    | Side.Buy -> Money.sub state.cash fill.notional
    | Side.Sell -> Money.add state.cash fill.notional
  in
  Money.sub moved fill.fee

let enter state (fill : Fill.t) ~agrees =
  let position = State.position state ~bot:fill.bot ~symbol:fill.symbol in
  let* closing_notional = closing_notional state fill ~agrees (Position.closing position fill.side fill.qty) in
  let* cash = cash_after state fill in
  let* position, trip_end =
    Position.book position fill.side fill.qty ~notional:fill.notional ~closing_notional ~fee:fill.fee
  in
  let losses =
    match trip_end with
    | Position.Still_open -> state.losses
    | Position.Came_home result -> if (result :> int) < 0 then state.losses + 1 else 0
  in
  Ok
    { state with
      cash; losses;
      positions = Pairs.add (fill.bot, fill.symbol) position state.positions;
      fills = fill.fill_id;
      recent_fills =
        Numbers.remove (fill.fill_id - recent_fills_max) (Numbers.add fill.fill_id fill state.recent_fills);
      event_ns = later state fill.event_ns }

(* What the fill takes of its reservation; the last of it ends the order. *)
let release state (fill : Fill.t) =
  match Symbols.find_opt fill.client_id state.open_orders with
  | None -> state
  | Some reservation -> (
      match Qty.of_int ((reservation.remaining :> int) - (fill.qty :> int)) with
      | Some remaining ->
        { state with open_orders = Symbols.add fill.client_id { reservation with remaining } state.open_orders }
      | None ->
        remember
          { state with open_orders = Symbols.remove fill.client_id state.open_orders }
          reservation.order
          (Asked (reservation.order, reservation.verdict)))

let covered state (fill : Fill.t) =
  match Symbols.find_opt fill.client_id state.open_orders with
  | None -> false
  | Some reservation ->
    Reservation.covers reservation fill.side fill.price fill.qty ~bot:fill.bot ~symbol:fill.symbol

let next_fill state (fill : Fill.t) =
  let notional, fee = computed state fill in
  let agrees = notional = Some fill.notional && fee = Some fill.fee in
  let covered = covered state fill in
  match enter state fill ~agrees with
  | Error Money.Overflow -> Unbookable { state with mismatch = true }
  | Ok booked ->
    let booked = release booked fill in
    if agrees && covered then Booked booked
    else Booked_against ({ notional; fee; covered }, { booked with mismatch = true })

let fill state (fill : Fill.t) =
  if fill.fill_id = state.fills + 1 then next_fill state fill
  else
    match Numbers.find_opt fill.fill_id state.recent_fills with
    | Some known -> if known = fill then Duplicate else Changed
    | None -> Out_of_order (state.fills + 1)

(* {2 Ends and deposits} *)

let finish state ~client_id ~event_ns =
  match Symbols.find_opt client_id state.open_orders with
  | Some { order; verdict; worth = _; price = _; remaining = _ } ->
    let state = { state with open_orders = Symbols.remove client_id state.open_orders } in
    ({ (remember state order (Asked (order, verdict))) with event_ns = later state event_ns }, true)
  | None -> (
      match Remembered.find state.past_orders client_id with
      | Some (Asked _) -> (state, true)
      | Some Never_asked -> (state, false)
      | None ->
        ( { state with
            past_orders = Remembered.add state.past_orders client_id Never_asked ~max:past_orders_max;
            event_ns = later state event_ns },
          false ))

type deposit_result = Deposited of State.t | Deposit_duplicate | Deposit_changed | Deposits_full | Deposit_unbookable

let raised state deposit_id amount =
  let* cash = Money.add state.cash amount in
  let* peak = Money.add state.peak amount in
  let* breaker_peak = Money.add state.breaker_peak amount in
  let* day =
    match state.day with
    | None -> Ok None
    | Some (day, started) -> Result.map (fun started -> Some (day, started)) (Money.add started amount)
  in
  Ok { state with cash; peak; breaker_peak; day; deposits = Symbols.add deposit_id amount state.deposits }

let deposit state ~deposit_id amount =
  match Symbols.find_opt deposit_id state.deposits with
  | Some known -> if known = amount then Deposit_duplicate else Deposit_changed
  | None -> (
      if Symbols.cardinal state.deposits >= deposits_max then Deposits_full
      else
        match raised state deposit_id amount with
        | Ok state -> Deposited state
        | Error Money.Overflow -> Deposit_unbookable)
