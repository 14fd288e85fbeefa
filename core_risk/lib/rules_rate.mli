(** The rules that ask how many orders are open and how many were granted lately, in order: refusals 27 to 30, and 32. *)

type rule = State.t -> Order.t -> (Finding.t, Finding.t) result

val open_orders : rule
val orders_per_second : rule
val orders_per_minute : rule
val orders_per_hour : rule
val orders_per_day : rule
val all : (Refusal.t * rule) list
