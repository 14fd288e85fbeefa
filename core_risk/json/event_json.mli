(** Events as the log keeps them: one JSON object each, with the prices the event brought and, of an order, how it was
    answered. *)

val to_text : Risk.Step.event -> Risk.Step.reply -> string

val of_text : string -> (Risk.Step.event * string, string) result
(** The event, and its {!outcome} at the time. *)

val outcome : Risk.Step.reply -> string
(** A word or three on how an event was answered; a rebuild compares it. *)
