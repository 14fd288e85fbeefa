(** Money in 10⁻⁸ of the quote currency, within ±(2⁶² − 1). Nothing wraps and nothing is rounded by accident. *)

type t = private int
type overflow = Overflow

val max_e8 : int
(** 2⁶² − 1. *)

val zero : t
val most : t
(** {!max_e8}. *)

val of_int : int -> (t, overflow) result
val neg : t -> t
val add : t -> t -> (t, overflow) result
val sub : t -> t -> (t, overflow) result
val sum : t list -> (t, overflow) result

(** Which way a quotient that does not divide is rounded. *)
type rounding = Down | Up

val share : rounding -> t -> part:int -> whole:int -> (t, overflow) result
(** [share rounding amount ~part ~whole] is amount · part / whole. [whole] must be positive. *)

val of_trade : rounding -> Worth.t -> Price.t -> Qty.t -> (t, overflow) result
(** price · qty · worth: ⌈⌉ is a buy's notional, ⌊⌋ a sell's. *)

val fee : t -> ppm:int -> (t, overflow) result
(** ⌈notional · ppm / 10⁶⌉. *)

val qty_within : t -> Worth.t -> Price.t -> Qty.t option
(** The largest quantity whose notional, rounded up, is at most this amount; [None] if not even one lot's is. *)

val ppm_of : t -> t -> (int, overflow) result
(** [ppm_of part whole]: ⌈part · 10⁶ / whole⌉. [whole] must be positive. *)
