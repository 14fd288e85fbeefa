(** What an approval holds back until its fills and its end release it. *)

type t = { order : Order.t; verdict : Verdict.t; worth : Worth.t; price : Price.t; remaining : Qty.t }

val price : Order.t -> bid:Price.t -> ask:Price.t -> collar_ppm:int -> Price.t option
(** The highest price at which the order may fill as far as the rules can tell, for exposure counts at most: of a
    market order the own opposite best raised by the collar; of a limit order to buy its limit; of one to sell its limit
    or the raised bid, whichever is higher; of a stop its trigger raised by the collar (to buy: or the raised ask).
    [None] beyond the bound. *)

val notional : t -> (Money.t, Money.overflow) result
(** Of what remains, rounded up. *)

val cash : t -> fee_ppm:int -> (Money.t, Money.overflow) result
(** What a buy needs for what remains: notional and fee. A sale needs none. *)

val covers : t -> Side.t -> Price.t -> Qty.t -> bot:string -> symbol:string -> bool
(** Whether a fill is one this approval allowed: same bot, symbol and side, not more than remains, and of a limit order
    not beyond its limit. *)
