(** HTTP/1.1 on listening sockets, with a bound on everything a peer may send or hold. *)

type body = Body of string | Too_large | Broken_off
type request = { meth : string; path : string; authorization : string option; body : body }
type answer = { status : int; content_type : string; text : string }

val body_bytes_max : int

val connections_max : int
(** Of one socket; further ones wait to be accepted. *)

type t

val make : (request -> answer Lwt.t) -> t

val serve : t -> Unix.file_descr -> stop:unit Lwt.t -> unit Lwt.t
(** Accepts on a socket that listens until [stop] returns. Connections go on; see {!drain}. *)

val drain : t -> seconds:float -> unit Lwt.t
(** Returns when every request that was begun is answered, or the time is over. *)
