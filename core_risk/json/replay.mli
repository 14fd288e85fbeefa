(** The account as a log tells it. Pure: records in, state out. *)

type t = Empty | Account of Risk.State.t

val record : t -> seq:int -> string -> (t, string) result
(** One more record. An error says why it cannot follow: the first is not [configured], it changes nothing, or it is
    answered otherwise than at the time. *)
