(** The latest so many things under their ids; beyond that the oldest is forgotten. *)

type 'a t

val empty : 'a t
val find : 'a t -> string -> 'a option
val add : 'a t -> string -> 'a -> max:int -> 'a t
val size : 'a t -> int
