(** The reader of the market's frames: connects, and connects again, for ever. *)

type t

(** Why there are no quotes. *)
type trouble = Not_connected | Other_build of string  (** the feed's *) | Broken of string

val start : socket:string -> build:string -> t

val view : t -> Frames.Market_view.t
val trouble : t -> trouble option

val last_recv_ns : t -> int
(** Of the newest frame; 0 before the first. Ages are counted from here. *)

val connections : t -> int
(** How many were made so far. *)

val quotes_as_of :
  t -> market_session:string -> as_of_seq:int -> seconds:float -> string list -> Risk.Quote.market Lwt.t
(** Waits until that frame was seen, then applies what waits up to it. [Unseen] if it does not come in time or later
    frames are applied already. One caller at a time. *)

val quotes_as_applied : t -> string list -> Risk.Quote.market
val latest : t -> Frames.Market_view.t
(** With all that was received, for people to look at: not applied. *)
