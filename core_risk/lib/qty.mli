(** A quantity: a positive number of lots. A position's signed lots are plain integers; see {!Position}. *)

type t = private int

val of_int : int -> t option
(** [None] unless positive. *)

val min : t -> t -> t

val sum : int -> int -> int option
(** Of two signed numbers of lots; [None] beyond ±(2⁶² − 1). *)
