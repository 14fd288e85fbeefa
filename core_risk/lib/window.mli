(** When orders were granted: the latest so many times, to count those of a sliding window of event time. *)

type t

val empty : t

val record : t -> int -> kept_max:int -> t
(** One more, at a time not before the last one's; beyond [kept_max] the oldest is forgotten, so that a count up to
    [kept_max] stays exact. *)

val count_after : t -> int -> int
(** How many of the kept are later than this. *)

val size : t -> int
