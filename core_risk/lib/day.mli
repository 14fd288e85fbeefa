(** What was granted in a UTC day: how many orders, and their notional at reservation prices, filled or not. *)

type t = private { number : int; orders : int; notional : Money.t }

val number : int -> int
(** UTC day since 1970 of a time in nanoseconds. *)

val none : t

val at : t -> int -> t
(** The same if this time is of its day, else nothing granted on the day of this time. *)

val granted : t -> int -> (Money.t, Money.overflow) result -> t
(** One more order at this time; a notional out of bounds counts as the most there is. *)
