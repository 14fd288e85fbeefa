(** A price: a positive number of ticks. *)

type t = private int

val of_int : int -> t option
(** [None] unless positive. *)

val raised : t -> ppm:int -> t option
(** ⌈price · (10⁶ + ppm) / 10⁶⌉; [None] beyond 2⁶² − 1. *)

val distance_ppm : t -> from:t -> int
(** ⌈|price − from| · 10⁶ / from⌉, at most 2⁶² − 1. *)

val max : t -> t -> t
