(** What equity does to the account's standing: its peak, the day's start, and what trips. *)

val priced : State.t -> Quote.market -> State.t
(** With the last prices of what is live among these quotes. *)

val watch : State.t -> State.t
(** Trips the breaker and the daily loss if the equity of this moment is beyond their limits. *)

val mark : State.t -> event_ns:int -> State.t
(** {!watch}, and before it a new day's start and a new peak, as a mark takes them. *)

val resume : State.t -> event_ns:int -> (State.t, State.unmarked) result
(** Everything that halts is taken back; drawdown and the day's loss count from the equity of this moment. *)
