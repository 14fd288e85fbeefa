(** The sockets that core_risk answers on. *)

type refusal = In_use of string | Unusable of string

val unix_socket : string -> (Unix.file_descr, refusal) result
(** Mode 0600. A socket file that nobody answers on is replaced. *)

val loopback : int -> (Unix.file_descr, refusal) result
(** On 127.0.0.1. *)

val remove : string -> unit
(** The socket file, at the end. *)
