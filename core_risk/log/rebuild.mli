(** The account from its log: every event again, held to the answer it got then. Pure. *)

open Risk

val first_seq : int
(** Of the record that begins every log: the rules it began with. *)

val take : State.t option -> seq:int -> string -> (State.t option, string) result
(** One more record; [None] before the first. The error says what does not fit. *)
