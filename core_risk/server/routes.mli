(** Method and path to what answers them, and who may ask. *)

type t

type answer = { status : int; content_type : string; body : string }

val body_bytes_max : int
(** 64 KiB; more is [too_large]. *)

val make : token:string -> orders:Order_path.t -> views:Views.t -> metrics:Metrics.t -> t

(** What was read of a body. *)
type body = Whole of string | Too_large

val answer :
  t -> meth:Cohttp.Code.meth -> path:string -> authorization:string option -> body:(unit -> body Lwt.t) -> answer Lwt.t
(** The body is read only for those who may send one. *)
