(** What is known of one market session, as of a seq that a reader of it names. Pure.

    Frames are taken in as they come and wait in a queue; quotes change only when {!advance} is told how far. So a
    request that names a seq meets the same quotes however far ahead of it the socket was read. *)

type t

val queue_max : int
(** Book, Status and Skipped frames that wait; others only move the seq seen. *)

val empty : t
(** No session yet. *)

(** Why a connection must be dropped and the market treated as unknown. *)
type broken =
  | Hello_expected
  | Hello_twice
  | Hole of { expected : int; seq : int }  (** that no Skipped frame explains *)
  | Instrument_unlisted of int

val broken_name : broken -> string

val hello : t -> Frame.hello -> t
(** A connection begins. Of the session already known, and nothing missed since: what is known stays. Else all of it is
    forgotten. *)

val accept : t -> Frame.t -> (t, broken) result
(** One more frame of this connection, after its Hello. *)

val is_full : t -> bool
val queued : t -> int

val make_room : t -> t
(** Applies the oldest quarter of the queue unasked; requests as of a seq before that are then unseen. *)

val advance : t -> as_of_seq:int -> t
(** Applies what waits, up to and including that seq. *)

val forget : t -> t
(** Nothing is known any more, after a broken connection. *)

val session : t -> string option
val instruments : t -> Risk.Instrument.t list

val has_seen : t -> market_session:string -> as_of_seq:int -> bool
(** Whether quotes as of that seq can be had, after {!advance} to it: the session is this one, the frame was received,
    and nothing later has been applied. *)

val seen_seq : t -> int
val applied_seq : t -> int

val quotes : t -> string list -> Risk.Quote.t list
(** Of those of the symbols that have one, as applied. *)

val newest : t -> string list -> Risk.Quote.t list
(** The same as seen, for people to look at and for what names no seq. *)
