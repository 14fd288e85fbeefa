(** Reads market.sock for ever, and answers what the market was as of a seq. *)

type t

val connect_wait_min_s : float
(** Between two tries to connect, at first; doubled after each up to {!connect_wait_max_s}. *)

val connect_wait_max_s : float

val room_wait_s : float
(** How long a full queue holds the feed back before its oldest frames are applied unasked. *)

val make : path:string -> build:string -> t

val run : t -> unit Lwt.t
(** Never ends; cancel it. *)

val market :
  t -> market_session:string -> as_of_seq:int -> wait_s:float -> symbols:string list -> Risk.Quote.market Lwt.t
(** Quotes as of that seq of that session, waiting for it so long at most. *)

val latest : t -> symbols:string list -> Risk.Quote.market
(** As the last frame that was read has it. *)

val instruments : t -> Risk.Instrument.t list
val session : t -> string option

type connection = No_connection | Other_build of string | Connected

val connection : t -> connection

type counters = { frames : int; connections : int; refused_frames : int; forced : int  (** full queues *) }

val counters : t -> counters
val seen_seq : t -> int
val queued : t -> int
