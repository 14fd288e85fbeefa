(** What the rules are set to: limits, fees, bots. Made once from the configuration, checked against each other. *)

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

type t = private {
  limits : limits;
  maker_fee_ppm : int;
  taker_fee_ppm : int;
  allow_short : bool;
  bots : (string * Money.t) list;  (** name and capital, in the order of names *)
  version : string;  (** of all the above; answers carry it *)
}

val bots_max : int
val orders_per_hour_bound : int
(** No configured rate may exceed it: it bounds the memory of granted orders. *)

val open_orders_bound : int

val make :
  limits:limits ->
  maker_fee_ppm:int ->
  taker_fee_ppm:int ->
  allow_short:bool ->
  bots:(string * Money.t) list ->
  version:string ->
  (t, string) result
(** The error names the key that is not positive, or the two that contradict each other. *)

val employing : t -> (string * Money.t) list -> version:string -> (t, string) result
(** The same rules with these bots; none is allowed. [version] is of them all. *)

val capital : t -> string -> Money.t option
(** [None]: no such bot. *)
