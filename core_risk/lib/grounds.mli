(** What the later rules stand on: the order's instrument, bot and market, found by the rules 10 to 15 in their order. *)

type t = private {
  state : State.t;
  order : Order.t;
  instrument : Instrument.t;
  capital : Money.t;  (** of the bot *)
  bid : Price.t;
  ask : Price.t;
  opposite : Price.t;  (** the own best price of the other side *)
  equity : Money.t;
  exposure : Exposure.t;  (** before this order *)
  price : Price.t;  (** the reservation price *)
}

val unknown_instrument : State.t -> Order.t -> Quote.market -> (Instrument.t * Finding.t, Finding.t) result
(** A symbol of which nothing is known while the market is unseen may well be listed: that is [market_unseen]. *)

val unknown_bot : State.t -> Order.t -> (Money.t * Finding.t, Finding.t) result

val market_unseen : State.t -> Order.t -> Quote.market -> (Quote.t * Price.t * Price.t * Finding.t, Finding.t) result
val market_not_live : Quote.t -> (Finding.t, Finding.t) result
val market_crossed : bid:Price.t -> ask:Price.t -> (Finding.t, Finding.t) result
val stale_market : State.t -> Order.t -> Quote.t -> (Finding.t, Finding.t) result

val find : State.t -> Order.t -> Quote.market -> (t * Finding.t list, Finding.t * Finding.t list) result
(** All of them; the findings newest first, of a refusal the refusing one apart. *)
