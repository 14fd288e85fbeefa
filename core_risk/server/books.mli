(** The account and its log, held together: what has changed is on the disk before anybody hears of it. *)

type t

type opened = {
  books : t;
  records : int;
  since : int;  (** the record after which the log was read; 0: all of it *)
  cut_bytes : int;
  misfit : string option;  (** why a checkpoint was not believed *)
}

val open_log : path:string -> rules:Risk.Ruleset.t -> (opened, Risk_log.Journal.fault) result
(** Rebuilds the account from its checkpoint, if one fits, and the log after it; a configuration that is not the log's last becomes its next record. *)

val state : t -> Risk.State.t

val apply : t -> Risk.Step.event -> Risk.Step.reply Lwt.t
(** One at a time. While the disk takes the record others are served, and see the account as it was. Fails with
    {!Risk_log.Journal.Write_failed}; the account is then as it was, and the process must end. *)

val on_append : t -> (seconds:float -> unit) -> unit
(** What to tell of every record's time to the disk. *)

val set_fsync : t -> bool -> unit
(** Only for measurements. *)

val checkpoint_records : int
(** After so many records the next checkpoint is kept; the end of the program keeps one too. *)

val close : t -> unit
