(** Why an order is refused: the names and numbers that contract, code, journal and page share, in the order in which
    the rules are asked. The table in API.md is generated from this file. *)

type t =
  | Version_mismatch
  | Trading_halted
  | Drawdown_breaker
  | Daily_loss
  | Consecutive_losses
  | Reconcile_mismatch
  | No_deposit
  | Time_went_back
  | Order_done
  | Unknown_instrument
  | Unknown_bot
  | Market_unseen
  | Market_not_live
  | Market_crossed
  | Stale_market
  | Lot_filter
  | Notional_filter
  | Order_size
  | Price_collar
  | Short_disabled
  | Insufficient_cash
  | Position_instrument
  | Position_bot
  | Position_portfolio
  | Concentration
  | Leverage
  | Open_orders
  | Orders_per_second
  | Orders_per_minute
  | Orders_per_hour
  | Arithmetic
  | Orders_per_day
  | Notional_per_day

val all : t list
(** In the order of the table. *)

val number : t -> int
val name : t -> string
val of_name : string -> t option

val condition : t -> string
(** When it is given. *)

val limit : t -> string option
(** The configured limit it stands for. *)

val cuts : t -> bool
(** The rule may reduce the quantity instead of refusing. *)

val lets_reduce_only_pass : t -> bool
(** The rule is not asked of a reduce_only order. *)

val table : unit -> string
(** All of it as Markdown rows. *)
