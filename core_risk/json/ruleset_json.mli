(** Limits, fees and bots, as the configuration and the log write them. *)

val read : ?may_lack_day_caps:bool -> Fields.t -> Risk.Ruleset.t
(** Of an object with [allow_short], [fees], [bots] and [limits], perhaps among others. Raises {!Fields.Wrong}.
    [may_lack_day_caps] is for a log, whose older records know no limit of a day: there was none. *)

val fields : Risk.Ruleset.t -> (string * Yojson.Safe.t) list

val version : (string * Yojson.Safe.t) list -> string
(** SHA-256 of {!fields}, 12 digits. *)

val bots : Fields.t -> (string * Risk.Money.t) list
(** The field ["bots"], in the order of names; their bounds {!Risk.Ruleset} checks. *)

val bots_field : (string * Risk.Money.t) list -> (string * Yojson.Safe.t) list

val version_employing : Risk.Ruleset.t -> (string * Risk.Money.t) list -> string
(** The version of these rules with those bots. *)
