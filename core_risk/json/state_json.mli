(** The whole account as JSON. *)

val fields : Risk.State.t -> (string * Yojson.Safe.t) list
(** As `/v1/state` shows it, without what the market reader knows. *)

val digest : Risk.State.t -> string
(** SHA-256, hex, of the whole state, memory of past orders and fills included: equal digests, equal states. *)
