(** One record of the log as one line: [SEQ HASH PAYLOAD\n]. HASH is SHA-256, hex, over the hash before it, the seq and
    the payload, so that no line can change, vanish or swap places unseen. *)

type hash = private string

val genesis : hash
(** Before the first record. *)

val hash_of_text : string -> hash option
(** 64 lower-case hexadecimal digits. *)

val hash_in : string -> (int * hash) option
(** The number and the hash that a line says it has; whether they fit is not looked at. *)

val line : after:hash -> seq:int -> string -> string * hash
(** The line of a payload, which must hold no line feed. *)

val read : after:hash -> seq:int -> string -> (string * hash, string) result
(** The payload of a line (without its line feed) that must be this seq's; the error says what is wrong. *)
