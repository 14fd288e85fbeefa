(** What this process says, on standard error: one JSON object a line. *)

(** One line as it is. A full disk under standard error takes nothing from what the program does: the line is lost. *)
val tell : string -> unit

val start : Risk_json.Config_json.level -> unit
