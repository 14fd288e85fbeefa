(** The rules that ask about the order's size and price, in order: refusals 16 to 26. A rule gets the quantity that the
    rules before it let through and gives back the quantity that it lets through. *)

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
val all : (Refusal.t * rule) list
