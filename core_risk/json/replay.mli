(** The account as a log tells it. Pure: records in, state out. *)

type t = Empty | Account of Risk.State.t

val record : t -> seq:int -> string -> (t, string) result
(** One more record. An error says why it cannot follow: the first is not [configured], it changes nothing, or it is
    answered otherwise than at the time. *)

val retell :
  t -> seq:int -> string -> (t * (Risk.Step.event * Risk.Step.reply) option, string) result
(** The same with what happened and how it is answered; of the first record nothing is said. *)

val line : build:string -> seq:int -> string -> (Risk.Step.event * Risk.Step.reply) option -> string
(** A record and, of a check, the answer that was given for it, as one line of JSON. *)
