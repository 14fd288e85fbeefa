(** A raw keep-alive client of core_risk, one request at a time. *)

type t
type answer = { status : int; body : string }

val connect : string -> seconds:float -> t
(** To a Unix socket; tries again until somebody listens there. Fails when the time is over. *)

val connect_tcp : int -> t
(** To 127.0.0.1. *)

val close : t -> unit

type request = { meth : string; path : string; token : string option; body : string }

val write : t -> request -> unit
val write_raw : t -> string -> unit

exception Closed of string
(** The connection ended before the answer was whole; what came of it. *)

val read : t -> seconds:float -> answer
(** Fails when the time is over; raises {!Closed}. *)

val ask : t -> request -> answer
(** {!write} and {!read}, within {!answer_s}. *)

val answer_s : float

(** {1 Bodies} *)

val field : answer -> string -> Yojson.Safe.t
(** Of the body's object; fails naming the body if it is not there. *)

val text : answer -> string -> string
val int : answer -> string -> int
