(** Bodies of requests: API.md's fields to values, strictly. *)

open Risk

type error = Malformed of string | Version_mismatch of string  (** the other's build *)

val read : build:string -> string -> (Fields.t -> 'a) -> ('a, error) result
(** [build] is compared before anything else: another build may have other fields. *)

val order : Fields.t -> Order.t
val fill : Fields.t -> Fill.t

type ended = { client_id : string; reason : string; event_ns : int }

val ended : Fields.t -> ended

type mark = { market_session : string; as_of_seq : int; event_ns : int; books : Reconcile.books }

val mark : Fields.t -> mark

type deposit = { deposit_id : string; amount : Money.t; event_ns : int }

val deposit : Fields.t -> deposit

val employed : Fields.t -> (string * Money.t) list
(** The bots there are: name and capital. *)

type spoken = { reason : string; event_ns : int; command : int }

val spoken : Fields.t -> spoken
(** Of a halt or a resume; [command] 0: it came without a number. *)

val order_hash : Order.t -> string
(** SHA-256, hex, over the order's content as API.md says. *)

val order_fields : Order.t -> (string * Yojson.Safe.t) list
val fill_fields : Fill.t -> (string * Yojson.Safe.t) list
val spoken_fields : spoken -> (string * Yojson.Safe.t) list
val mark_fields : mark -> (string * Yojson.Safe.t) list
