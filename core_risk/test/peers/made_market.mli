(** A market that moves only when told to: the frames of a session of one instrument, as market_data would send them. *)

val session : string
val symbol : string
val bid : int
val ask : int

val recv_ns : int
(** Of every frame. *)

val first_seq : int
(** Of the first live frame. *)

val hello : ?session:string -> ?next_seq:int -> build:string -> unit -> string
val book : seq:int -> string
(** Live, with these prices. *)

val resyncing : seq:int -> string
val heartbeat : seq:int -> string

val listen : string -> Unix.file_descr
val accept : Unix.file_descr -> seconds:float -> Unix.file_descr
(** Fails if no reader comes in time. *)

val send : Unix.file_descr -> string -> unit
