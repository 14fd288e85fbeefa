(** Inputs near given ones, from a seed: the same seed gives the same bytes. *)

type t

val make : int -> t
val below : t -> int -> int
(** 0 to the bound, which is left out; 0 if that is none. *)

val input : t -> string array -> string
(** One of the given ones, changed one to eight times. *)
