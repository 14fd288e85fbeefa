(** A naive account in unbounded integers: nothing is kept but the history, every figure is computed from it anew. *)

open Risk

type t

val empty : t
val granted : t -> Order.t -> lots:int -> price:int -> t
val filled : t -> Fill.t -> t
val ended : t -> string -> t
val deposited : t -> Z.t -> t

val open_lots : t -> (Order.t * int) list
(** Granted orders that are not over, with what is left of them, oldest first. *)

val lots : t -> bot:string -> symbol:string -> int
val cash : t -> Z.t

val notional : Side.t -> symbol:string -> price:int -> lots:int -> Z.t
(** By the money table, in unbounded integers. *)

val fee : Z.t -> ppm:int -> Z.t
val equity : t -> asks:(string -> int) -> Z.t
(** Bids are one tick below. *)

type scope = Instrument of string | Bot of string | Portfolio

val exposure : t -> asks:(string -> int) -> scope -> Z.t
val reserved_cash : t -> fee_ppm:int -> Z.t
val granted_since : t -> int -> int
(** Orders granted later than this time. *)

val granted_on : t -> int -> int
(** Orders granted on a UTC day since 1970. *)

val notional_on : t -> int -> Z.t
(** What they were granted, at their reservation prices. *)
