(* What the rules are set to. *)

type limits = {
  market_age_max_ns : int;
  order_notional_max : Money.t;
  position_instrument_max : Money.t;
  position_bot_max : Money.t;
  position_portfolio_max : Money.t;
  concentration_max_ppm : int;
  leverage_max_ppm : int;
  price_collar_ppm : int;
  orders_per_second_max : int;
  orders_per_minute_max : int;
  orders_per_hour_max : int;
  orders_per_day_max : int;
  notional_per_day_max : Money.t;
  open_orders_max : int;
  drawdown_max_ppm : int;
  daily_loss_max : Money.t;
  consecutive_losses_max : int;
  approval_valid_ns : int;
}

type t = {
  limits : limits;
  maker_fee_ppm : int;
  taker_fee_ppm : int;
  allow_short : bool;
  bots : (string * Money.t) list;
  version : string;
}

let ( let* ) = Result.bind
let bots_max = 8
let orders_per_hour_bound = 100_000
let open_orders_bound = 1_024

(* Every limit with its key in the configuration. *)
let keyed (l : limits) =
  [ ("market_age_max_ms", l.market_age_max_ns);
    ("order_notional_max_e8", (l.order_notional_max :> int));
    ("position_instrument_max_e8", (l.position_instrument_max :> int));
    ("position_bot_max_e8", (l.position_bot_max :> int));
    ("position_portfolio_max_e8", (l.position_portfolio_max :> int));
    ("concentration_max_ppm", l.concentration_max_ppm);
    ("leverage_max_ppm", l.leverage_max_ppm);
    ("price_collar_ppm", l.price_collar_ppm);
    ("orders_per_second_max", l.orders_per_second_max);
    ("orders_per_minute_max", l.orders_per_minute_max);
    ("orders_per_hour_max", l.orders_per_hour_max);
    ("orders_per_day_max", l.orders_per_day_max);
    ("notional_per_day_max_e8", (l.notional_per_day_max :> int));
    ("open_orders_max", l.open_orders_max);
    ("drawdown_max_ppm", l.drawdown_max_ppm);
    ("daily_loss_max_e8", (l.daily_loss_max :> int));
    ("consecutive_losses_max", l.consecutive_losses_max);
    ("approval_valid_ms", l.approval_valid_ns) ]

(* The first of each pair may not exceed the second: beyond it, it could never be reached. *)
let ordered =
  [ ("order_notional_max_e8", "position_instrument_max_e8");
    ("order_notional_max_e8", "position_bot_max_e8");
    ("position_instrument_max_e8", "position_portfolio_max_e8");
    ("position_bot_max_e8", "position_portfolio_max_e8");
    ("concentration_max_ppm", "leverage_max_ppm");
    ("orders_per_second_max", "orders_per_minute_max");
    ("orders_per_minute_max", "orders_per_hour_max");
    ("orders_per_hour_max", "orders_per_day_max");
    ("order_notional_max_e8", "notional_per_day_max_e8") ]

let rec first_error check = function
  | [] -> Ok ()
  | item :: rest ->
    let* () = check item in
    first_error check rest

let positive (key, value) =
  if value > 0 then Ok () else Error (Printf.sprintf "limits.%s must be positive" key)

let in_order values (small, large) =
  if List.assoc small values <= List.assoc large values then Ok ()
  else Error (Printf.sprintf "limits.%s contradicts limits.%s: it must not be larger" small large)

let within values (key, bound) =
  if List.assoc key values <= bound then Ok () else Error (Printf.sprintf "limits.%s must be at most %d" key bound)

let fee (key, ppm) =
  if ppm >= 0 && ppm < 1_000_000 then Ok () else Error (Printf.sprintf "fees.%s must be 0 to 999999" key)

let bot (name, capital) =
  if (capital : Money.t :> int) > 0 then Ok ()
  else Error (Printf.sprintf "bots.%s.capital_e8 must be positive" name)

let make ~limits ~maker_fee_ppm ~taker_fee_ppm ~allow_short ~bots ~version =
  let values = keyed limits in
  let* () = first_error positive values in
  let* () = first_error (in_order values) ordered in
  let* () =
    first_error (within values)
      [ ("price_collar_ppm", 999_999); ("drawdown_max_ppm", 999_999); ("orders_per_hour_max", orders_per_hour_bound);
        ("open_orders_max", open_orders_bound) ]
  in
  let* () = first_error fee [ ("maker_ppm", maker_fee_ppm); ("taker_ppm", taker_fee_ppm) ] in
  let* () = first_error bot bots in
  if List.length bots > bots_max then Error (Printf.sprintf "bots: at most %d" bots_max)
  else if bots = [] then Error "bots: at least one is needed"
  else Ok { limits; maker_fee_ppm; taker_fee_ppm; allow_short; bots; version }

let employing rules bots ~version =
  let* () = first_error bot bots in
  if List.length bots > bots_max then Error (Printf.sprintf "bots: at most %d" bots_max)
  else Ok { rules with bots; version }

let capital rules name = List.assoc_opt name rules.bots
