(** Limits, fees and bots, as the configuration and the log write them. *)

val read : Fields.t -> Risk.Ruleset.t
(** Of an object with [allow_short], [fees], [bots] and [limits], perhaps among others. Raises {!Fields.Wrong}. *)

val fields : Risk.Ruleset.t -> (string * Yojson.Safe.t) list

val version : (string * Yojson.Safe.t) list -> string
(** SHA-256 of {!fields}, 12 digits. *)
