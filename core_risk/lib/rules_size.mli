(** The rules that ask about the order's size and price, in order: refusals 16 to 26, and 33. A rule gets the quantity
    that the rules before it let through and gives back the quantity that it lets through. *)

type rule = Grounds.t -> Qty.t -> (Finding.t * Qty.t, Finding.t) result

val lot_filter : rule
val notional_filter : rule
val order_size : rule
val price_collar : rule
val short_disabled : rule
val insufficient_cash : rule
val position_instrument : rule
val position_bot : rule
val position_portfolio : rule
val concentration : rule
val leverage : rule
val notional_per_day : rule
val all : (Refusal.t * rule) list

val of_the_day : (Refusal.t * rule) list
(** Asked last, of the quantity that every other rule let through. *)
