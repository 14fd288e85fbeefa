(** One peer's connection: what it may send, and how long it may take. *)

type t

val request_bytes_max : body_bytes_max:int -> int
(** Head and body. *)

val make : Lwt_unix.file_descr -> request_bytes_max:int -> t
val input : t -> Lwt_io.input_channel
(** Ends when the peer ends, sends more than one request may have, or stops in the middle of one. *)

val output : t -> Lwt_io.output_channel

val has_room : t -> bool
(** Whether the present request may have more bytes. *)

val cut_off : t -> unit
(** Nothing more is read. *)

val next_request : t -> unit
(** The present one is answered: the next one's bounds begin. *)

val close : t -> unit Lwt.t
