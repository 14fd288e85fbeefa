(** One rule as it was asked: its figure against its limit. A rule that cut the quantity shows the figure of the quantity
    it was asked for, beyond the limit, with [ok] true. *)

type t = { rule : Refusal.t; value : int; limit : int; ok : bool }

val holds : Refusal.t -> value:int -> limit:int -> (t, t) result
val fails : Refusal.t -> value:int -> limit:int -> ('a, t) result

val at_most : Refusal.t -> value:int -> limit:int -> (t, t) result
(** Holds if [value <= limit]. *)

val flag : Refusal.t -> bool -> (t, t) result
(** Fails with 1 against 0 if set. *)

val within_bounds : ('a, Money.overflow) result -> ('a, t) result
(** An overflow is the refusal [arithmetic], 0 against the bound. *)
