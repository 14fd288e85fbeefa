(** One bot's position in one instrument. All values in quote money are without fees, except the trip's. *)

type t = private {
  qty : int;  (** signed lots *)
  cost : Money.t;  (** what an open long paid or an open short received; never negative, 0 when flat *)
  realised : Money.t;
  trip : Money.t;  (** realised minus fees since the position was last flat *)
}

val flat : t

(** Whether a fill brought the position back to flat, and with what result since it last was. *)
type trip_end = Still_open | Came_home of Money.t

val closing : t -> Side.t -> Qty.t -> int
(** How many lots of the order close what is open; 0 if it opens or adds. *)

val book :
  t ->
  Side.t ->
  Qty.t ->
  notional:Money.t ->
  closing_notional:Money.t ->
  fee:Money.t ->
  (t * trip_end, Money.overflow) result
(** A fill. [closing_notional] is the notional of the {!closing} lots; it is read only when the fill goes across zero.
    Then the fee is split by lots, the closing part rounded up. *)

val value : t -> Worth.t -> bid:Price.t -> ask:Price.t -> (Money.t, Money.overflow) result
(** What it adds to equity: longs ⌊at the bid⌋, shorts −⌈at the ask⌉. *)

val invariant : t -> (unit, string) result
