(** How much is at stake, now and if open orders fill in the worst way: per bot and instrument, and in sums.

    Held lots count at the own ask, rounded up. Open approvals count at their reservation price. Of one bot in one
    instrument the exposure is the larger of |held + all open buys| and |held − all open sales|. *)

type t

(** Which pairs a limit adds up. *)
type scope = Instrument of string | Bot of string | Portfolio

val of_state : State.t -> (t, State.unmarked) result
val total : t -> scope -> (Money.t, Money.overflow) result

val adding : t -> bot:string -> symbol:string -> Side.t -> Money.t -> (t, Money.overflow) result
(** With one more open order of that notional. *)

val room : t -> scope -> limit:Money.t -> bot:string -> symbol:string -> Side.t -> (Money.t, Money.overflow) result
(** The largest notional that one more order of that side could have without its side exceeding [limit]; negative if
    there is none. *)
