(* The whole account. *)

module Symbols = Map.Make (String)

module Pairs = Map.Make (struct
    type t = string * string

    let compare (bot, symbol) (bot', symbol') =
      match String.compare bot bot' with 0 -> String.compare symbol symbol' | order -> order
  end)

module Numbers = Map.Make (Int)

type past = Asked of Order.t * Verdict.t | Never_asked
type listing = { instrument : Instrument.t; orderable : bool }

type t = {
  log_seq : int;
  event_ns : int;
  configured : Ruleset.t;
  rules : Ruleset.t;
  listings : listing Symbols.t;
  deposits : Money.t Symbols.t;
  cash : Money.t;
  positions : Position.t Pairs.t;
  fills : int;
  recent_fills : Fill.t Numbers.t;
  open_orders : Reservation.t Symbols.t;
  past_orders : past Remembered.t;
  granted : Window.t;
  granted_today : Day.t;
  prices : (Price.t * Price.t) Symbols.t;
  peak : Money.t;
  breaker_peak : Money.t;
  day : (int * Money.t) option;
  losses : int;
  halt : string option;
  commands : int;
  breaker_tripped : bool;
  daily_loss_tripped : bool;
  mismatch : bool;
}

let ( let* ) = Result.bind
let past_orders_max = 4_096
let recent_fills_max = 4_096
let deposits_max = 1_024

let start rules =
  { log_seq = 0; event_ns = 0; configured = rules; rules; listings = Symbols.empty; deposits = Symbols.empty;
    cash = Money.zero; positions = Pairs.empty; fills = 0; recent_fills = Numbers.empty; open_orders = Symbols.empty;
    past_orders = Remembered.empty; granted = Window.empty;
    granted_today = Day.none; prices = Symbols.empty; peak = Money.zero;
    breaker_peak = Money.zero; day = None; losses = 0; halt = None; commands = 0; breaker_tripped = false;
    daily_loss_tripped = false; mismatch = false }

let position state ~bot ~symbol =
  match Pairs.find_opt (bot, symbol) state.positions with None -> Position.flat | Some position -> position

let watched state =
  let held =
    Pairs.fold
      (fun (_, symbol) (position : Position.t) symbols -> if position.qty = 0 then symbols else symbol :: symbols)
      state.positions []
  in
  let reserved =
    Symbols.fold (fun _ (open_order : Reservation.t) symbols -> open_order.order.symbol :: symbols) state.open_orders []
  in
  List.sort_uniq String.compare (held @ reserved)

type unmarked = Overflow | Unpriced of string

let unbounded = function Ok value -> Ok value | Error Money.Overflow -> Error Overflow

let position_value state symbol (position : Position.t) =
  if position.qty = 0 then Ok Money.zero
  else
    match (Symbols.find_opt symbol state.listings, Symbols.find_opt symbol state.prices) with
    | Some { instrument; orderable = _ }, Some (bid, ask) ->
      unbounded (Position.value position instrument.worth ~bid ~ask)
    | None, (Some _ | None) | Some _, None -> Error (Unpriced symbol)

let equity state =
  Pairs.fold
    (fun (_, symbol) position total ->
       let* total = total in
       let* value = position_value state symbol position in
       unbounded (Money.add total value))
    state.positions (Ok state.cash)

let fee_ppm rules = max rules.Ruleset.maker_fee_ppm rules.Ruleset.taker_fee_ppm

let reserved_cash state =
  Symbols.fold
    (fun _ open_order total ->
       let* total = total in
       let* cash = Reservation.cash open_order ~fee_ppm:(fee_ppm state.rules) in
       Money.add total cash)
    state.open_orders (Ok Money.zero)

(* Nothing above zero to fall from: no drawdown while equity is not negative either, else all of it. *)
let drawdown_ppm state ~(equity : Money.t) =
  let peak = if (state.breaker_peak :> int) >= (equity :> int) then state.breaker_peak else equity in
  if (peak :> int) <= 0 then Ok (if (equity :> int) < 0 then 1_000_000 else 0)
  else
    let* fallen = Money.sub peak equity in
    Money.ppm_of fallen peak

let halted_by state =
  if Option.is_some state.halt then Some Refusal.Trading_halted
  else if state.breaker_tripped then Some Refusal.Drawdown_breaker
  else if state.daily_loss_tripped then Some Refusal.Daily_loss
  else if state.losses >= state.rules.limits.consecutive_losses_max then Some Refusal.Consecutive_losses
  else if state.mismatch then Some Refusal.Reconcile_mismatch
  else None

let checks state =
  [ (state.log_seq >= 0, "log_seq is negative");
    ((state.peak :> int) >= (state.breaker_peak :> int), "the breaker's peak is above the peak");
    (state.fills >= Numbers.cardinal state.recent_fills, "more fills are remembered than were booked");
    (Numbers.cardinal state.recent_fills <= recent_fills_max, "too many fills are remembered");
    (Remembered.size state.past_orders <= past_orders_max, "too many past orders are remembered");
    (Symbols.cardinal state.open_orders <= Ruleset.open_orders_bound, "too many orders are open");
    (Window.size state.granted <= Ruleset.orders_per_hour_bound, "too many grants are remembered");
    (Symbols.cardinal state.deposits <= deposits_max, "too many deposits");
    ( Symbols.for_all
        (fun id (open_order : Reservation.t) -> String.equal id open_order.order.client_id)
        state.open_orders,
      "an open order stands under another id" );
    ( Symbols.for_all (fun id _ -> Remembered.find state.past_orders id = None) state.open_orders,
      "an order is open and past at once" ) ]

let invariant state =
  match List.find_opt (fun (holds, _) -> not holds) (checks state) with
  | Some (_, broken) -> Error broken
  | None ->
    Pairs.fold
      (fun _ position result -> Result.bind result (fun () -> Position.invariant position))
      state.positions (Ok ())
