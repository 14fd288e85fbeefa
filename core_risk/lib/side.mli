(** Buy or sell. *)

type t = Buy | Sell

val all : t list
val name : t -> string
