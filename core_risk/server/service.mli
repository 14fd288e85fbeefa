(** The whole program between its configuration and its exit. *)

(** Why it ended. *)
type outcome =
  | Stopped  (** by a signal, every request answered *)
  | Log_unusable of string  (** it was never started *)
  | Log_in_use of string
  | Log_failed of string
  | Cannot_listen of string

val token_length_min : int

val run : config:Risk_json.Config_json.t -> build:string -> token:string -> outcome
