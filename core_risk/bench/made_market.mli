(** A market that stands still: the frames of a session of one instrument. *)

val session : string
val symbol : string
val bid : int
val ask : int
val seq : int
(** Of its only Book frame. *)

val recv_ns : int
val frames : build:string -> string
(** Hello and one live Book, as market_data would send them. *)
