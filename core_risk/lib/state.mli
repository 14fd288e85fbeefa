(** The whole account. Only {!Step.step} makes a new one out of an old one. *)

module Symbols : Map.S with type key = string
module Pairs : Map.S with type key = string * string
module Numbers : Map.S with type key = int

(** What is known of an order that is no longer open. [Never_asked]: reported done before it was asked about. *)
type past = Asked of Order.t * Verdict.t | Never_asked

type listing = { instrument : Instrument.t; orderable : bool }
(** Not orderable: the present session lists it not at all, or in other units than those of what is open. *)

type t = {
  log_seq : int;  (** events that changed the state so far *)
  event_ns : int;  (** latest time of a check, fill, done or mark that changed it *)
  configured : Ruleset.t;  (** as the configuration says *)
  rules : Ruleset.t;  (** the same, with the bots that the trader named since *)
  listings : listing Symbols.t;
  deposits : Money.t Symbols.t;
  cash : Money.t;
  positions : Position.t Pairs.t;  (** by bot and symbol, every one that ever traded *)
  fills : int;
  recent_fills : Fill.t Numbers.t;
  open_orders : Reservation.t Symbols.t;  (** by client id *)
  past_orders : past Remembered.t;
  granted : Window.t;
  granted_today : Day.t;  (** of the latest grant's day *)
  prices : (Price.t * Price.t) Symbols.t;  (** last bid and ask of a live market; what is held is valued at them *)
  peak : Money.t;  (** of marked equity, for ever *)
  breaker_peak : Money.t;  (** the same since the last resume that took something back *)
  day : (int * Money.t) option;  (** UTC day since 1970 and the equity the day's loss counts from *)
  losses : int;  (** losing trips in a row *)
  halt : string option;  (** the operator's words *)
  commands : int;  (** the newest numbered halt or resume that was taken; an older one changes nothing *)
  breaker_tripped : bool;
  daily_loss_tripped : bool;
  mismatch : bool;
}

val past_orders_max : int
(** Orders remembered after they ended. A forgotten one that is asked about again is refused by its time. *)

val recent_fills_max : int
val deposits_max : int
val start : Ruleset.t -> t
val position : t -> bot:string -> symbol:string -> Position.t

val watched : t -> string list
(** Symbols whose prices the rules need now: held or reserved. *)

(** Why equity has no figure. *)
type unmarked = Overflow | Unpriced of string

val equity : t -> (Money.t, unmarked) result
val reserved_cash : t -> (Money.t, Money.overflow) result
val drawdown_ppm : t -> equity:Money.t -> (int, Money.overflow) result

val halted_by : t -> Refusal.t option
(** The first standing reason why ordinary orders are refused, in the order of the table. *)

val invariant : t -> (unit, string) result
