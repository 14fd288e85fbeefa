(** core_risk as a process of its own, with a made market at its socket, in a directory that is gone afterwards. *)

open Peers

type t

val build : string
(** That the program was built with. *)

val token : string

val with_stage : (t -> unit) -> unit
(** Nothing is started yet. *)

val file : t -> string -> string
(** A path in the directory: [core_risk.log], [risk.sock], [market.sock], [core_risk.json]. *)

(** {1 The process} *)

type program

val start : ?token:string option -> ?change:((string * Yojson.Safe.t) list -> (string * Yojson.Safe.t) list) -> ?file_blocks_max:int -> t -> program
(** [change] alters the configuration's fields; [file_blocks_max] is the size, of 1,024 bytes, beyond which no file can
    be written. *)

val run_to_exit : ?token:string option -> ?arguments:string list -> ?change:((string * Yojson.Safe.t) list -> (string * Yojson.Safe.t) list) -> t -> int
(** Started and waited for. *)

val signal : program -> int -> unit
val wait : program -> seconds:float -> Unix.process_status
(** Fails if it has not ended by then. *)

val said : t -> string
(** All that went to standard error. *)

(** {1 Its sockets} *)

val client : t -> Client.t
val begin_market : t -> Unix.file_descr
(** Listens at the market's socket. *)

val greet : ?build:string -> ?next_seq:int -> Unix.file_descr -> Unix.file_descr
(** Takes the next reader and sends it Hello. *)

(** {1 Requests} *)

val post : ?build:string -> string -> (string * Yojson.Safe.t) list -> Client.request
val get : string -> Client.request
val deposit : Client.request

val check : ?qty:int -> ?session:string -> id:string -> as_of_seq:int -> unit -> Client.request
val fill : number:int -> id:string -> Client.request
(** Of all of {!check}'s quantity at the made market's ask. *)

val ended : id:string -> Client.request
val event_ns : int
