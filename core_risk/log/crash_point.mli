(** Named places at which a test may kill this process, as a power cut would: [QF_CRASH_AT=core_risk.PLACE:N], at the
    N-th passing. What the variable says of other programs is theirs. All places stand in docs/CRASH_POINTS.md. *)

type place =
  | Before_write  (** of a record to the log *)
  | After_write  (** before the fsync *)
  | After_fsync  (** before anybody is answered *)
  | After_answer  (** its bytes have left *)
  | Before_checkpoint_rename
  | After_checkpoint_rename

val check : unit -> (unit, string) result
(** An error names a place that this program does not have. *)

val is_armed : bool
val reach : place -> unit
