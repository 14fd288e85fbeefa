(** What the tests of the rules begin with. BTCUSDT's best prices are 999,999 and 1,000,000 ticks, one lot at one tick is
    worth 10 (so a lot at the ask 10⁷), the collar is 5,000 ppm (so a market buy reserves 10,050,000 a lot). *)

open Risk

val btc : Instrument.t
val eth : Instrument.t
val price : int -> Price.t
val qty : int -> Qty.t
val money : int -> Money.t

val reserved_per_lot : int
(** 10,050,000. *)

val limits : Ruleset.limits
(** So wide that no rule refuses a small order. *)

val rules : ?allow_short:bool -> ?bots:(string * int) list -> Ruleset.limits -> Ruleset.t
(** Bots [one] and [two] with plenty of capital, unless given. Raises if the limits contradict each other. *)

val t0 : int
(** Event time of the first order. *)

val quote : ?state:Quote.feed_state -> ?bid:int -> ?ask:int -> ?recv_ns:int -> string -> Quote.t
(** 0: an empty side. *)

val market : Quote.market
(** Both symbols at their usual prices. *)

val order :
  ?bot:string ->
  ?symbol:string ->
  ?side:Side.t ->
  ?kind:Order.kind ->
  ?reference:int ->
  ?reduce_only:bool ->
  ?at:int ->
  ?id:string ->
  int ->
  Order.t
(** So many lots: a market buy of bot [one] in BTCUSDT. Its id is drawn from what it is unless given. *)

val account : ?allow_short:bool -> ?bots:(string * int) list -> ?deposit:int -> Ruleset.limits -> State.t
(** Configured, listed, a deposit of 10¹⁵ unless given; 0: none. *)

val step : State.t -> Step.event -> State.t
val ask : ?market:Quote.market -> State.t -> Order.t -> State.t * string
(** And the outcome in words: ["approve 7"], ["refuse order_size"]. *)

val grant : ?market:Quote.market -> State.t -> Order.t -> State.t
(** Fails the test unless the order is granted whole. *)

val fill : ?price:int -> ?qty:int -> ?liquidity:Fill.liquidity -> State.t -> Order.t -> State.t
(** The next fill of an order, by the money table; whole and at the opposite best unless given. *)

val fill_of : ?price:int -> ?qty:int -> ?liquidity:Fill.liquidity -> State.t -> Order.t -> Fill.t
val hold : State.t -> Order.t -> State.t
(** Granted and filled. *)

val mark : ?market:Quote.market -> ?at:int -> State.t -> State.t
(** With books that agree. *)

val books : State.t -> Reconcile.books

val property : string -> count:int -> 'a QCheck.arbitrary -> ('a -> bool) -> unit Alcotest.test_case
(** Held with a fixed seed and with one drawn from the clock, which a failure names; QF_SEED sets the latter. *)

val root_file : string -> string
(** A file of the repository, by its path from the root. *)
