(** The rules that ask only how the account stands, in order: refusals 2 to 9. *)

type rule = State.t -> Order.t -> (Finding.t, Finding.t) result

val trading_halted : rule
val drawdown_breaker : rule
val daily_loss : rule
val consecutive_losses : rule
val reconcile_mismatch : rule
val no_deposit : rule
val time_went_back : rule
val order_done : rule
val all : (Refusal.t * rule) list
