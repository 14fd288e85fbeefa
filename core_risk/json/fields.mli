(** A JSON object, read field by field; what nobody read is an error that names it. *)

type t

exception Wrong of string
(** Raised by every reader below, with the field and what it must be; {!read} turns it into an [Error]. *)

val read : string -> (t -> 'a) -> ('a, string) result
(** [read text reader]: [text] must be one object, without a field twice and without one that [reader] left unread. *)

val int : t -> string -> min:int -> max:int -> int
val price : t -> string -> Risk.Price.t
val price_or_null : t -> string -> Risk.Price.t option
val qty : t -> string -> Risk.Qty.t

val money : t -> string -> min:int -> Risk.Money.t
val time_ns : t -> string -> int
(** 0 to {!time_ns_max}. *)

val time_ns_max : int
(** Far enough below 2⁶² that a configured duration can be added. *)

val bool : t -> string -> bool

val text : t -> string -> length_max:int -> string
(** 1 to [length_max] bytes. *)

val id : t -> string -> string
(** 1 to 64 of the letters, digits and [. _ : / -] that ids and symbols are made of. *)

val choice : t -> string -> (string * 'a) list -> 'a
val optional_text : t -> string -> length_max:int -> string option
(** [None] for null. *)

val obj : t -> string -> (t -> 'a) -> 'a
val list : t -> string -> length_max:int -> (t -> 'a) -> 'a list

val ids : t -> string -> length_max:int -> (t -> 'a) -> (string * 'a) list
(** An object whose field names are ids. *)

val maybe : t -> string -> (t -> string -> 'a) -> 'a option
(** The field if it is there. *)
