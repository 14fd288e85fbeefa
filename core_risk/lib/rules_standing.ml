(* Rules 2 to 9: how the account stands. *)

open State

type rule = State.t -> Order.t -> (Finding.t, Finding.t) result

let ( let* ) = Result.bind
let trading_halted state _order = Finding.flag Refusal.Trading_halted (Option.is_some state.halt)

(* [Standing.watch] has tripped what is to trip; here the figure is shown, and 0 where equity has none: a market rule
   refuses then. *)
let drawdown_breaker state _order =
  let limit = state.rules.limits.drawdown_max_ppm in
  let* value =
    match equity state with
    | Ok equity -> Finding.within_bounds (drawdown_ppm state ~equity)
    | Error (Overflow | Unpriced _) -> Ok 0
  in
  if state.breaker_tripped then Finding.fails Refusal.Drawdown_breaker ~value ~limit
  else Finding.holds Refusal.Drawdown_breaker ~value ~limit

let daily_loss state _order =
  let limit = (state.rules.limits.daily_loss_max :> int) in
  let* (value : Money.t) =
    match (equity state, state.day) with
    | Ok equity, Some (_, started) -> Finding.within_bounds (Money.sub started equity)
    | Ok _, None | Error (Overflow | Unpriced _), (Some _ | None) -> Ok Money.zero
  in
  let value = (value :> int) in
  if state.daily_loss_tripped then Finding.fails Refusal.Daily_loss ~value ~limit
  else Finding.holds Refusal.Daily_loss ~value ~limit

let consecutive_losses state _order =
  let value = state.losses and limit = state.rules.limits.consecutive_losses_max in
  if value >= limit then Finding.fails Refusal.Consecutive_losses ~value ~limit
  else Finding.holds Refusal.Consecutive_losses ~value ~limit

let reconcile_mismatch state _order = Finding.flag Refusal.Reconcile_mismatch state.mismatch
let no_deposit state _order = Finding.flag Refusal.No_deposit (Symbols.is_empty state.deposits)

let time_went_back state (order : Order.t) =
  Finding.at_most Refusal.Time_went_back ~value:(state.event_ns - order.event_ns) ~limit:0

let order_done state (order : Order.t) =
  Finding.flag Refusal.Order_done
    (match Remembered.find state.past_orders order.client_id with
     | Some Never_asked -> true
     | Some (Asked _) | None -> false)

let all =
  [ (Refusal.Trading_halted, trading_halted);
    (Refusal.Drawdown_breaker, drawdown_breaker);
    (Refusal.Daily_loss, daily_loss);
    (Refusal.Consecutive_losses, consecutive_losses);
    (Refusal.Reconcile_mismatch, reconcile_mismatch);
    (Refusal.No_deposit, no_deposit);
    (Refusal.Time_went_back, time_went_back);
    (Refusal.Order_done, order_done) ]
