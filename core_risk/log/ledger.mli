(** The account and its log as one thing: what is answered is in the log, and on the disk.

    In the log: the rules at each start if they changed, the instruments of each market session, every order with its quotes
    and its answer, fills, ends, deposits, halts, resumes. Not in it: events that change nothing (repeats, duplicates, answers of
    409, marks at which no peak, day, trip or mismatch moved), since no later answer depends on them. *)

open Risk

type t

type durability = Synced | Unsynced  (** for measuring what the disk costs; no account is kept so *)

type opening = { ledger : t; cut : int; records : int }

val open_ : path:string -> durability -> Ruleset.t -> (opening, Log_file.refusal) result

val state : t -> State.t
(** All of it is on the disk. *)

type failed = Log_failed of string
(** The disk's words. What was lost is unknown: from then on every answer is this one. *)

val apply : t -> Step.event list -> (State.t * Step.reply list, failed) result Lwt.t
(** Steps through the events and returns once all that changed anything is on the disk. One call at a time: the caller
    holds a lock. *)

val failure : t -> failed option
val log_bytes : t -> int
val close : t -> unit
