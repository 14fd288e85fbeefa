(** What this process says, on standard error: one JSON object a line. *)

val start : Risk_json.Config_json.level -> unit
