(** One record of the log as a line: [SEQ TAB HASH TAB JSON LF]. Pure.

    The hash is SHA-256 over the hash of the line before and this line's number and text, so that a line that was
    changed, left out or moved is found. The first line's predecessor is {!origin}. *)

type hash

val origin : hash
(** Names the format: another version of it has another. *)

val bytes_max : int
(** Of one line with its end. *)

val write : after:hash -> seq:int -> string -> string * hash
(** [write ~after ~seq json]: the line, and the hash that the next one follows. *)

type t = { seq : int; json : string; hash : hash }
type broken = No_line  (** not the three parts *) | Wrong_hash  (** changed, or not the line that belongs here *)

val read : after:hash -> string -> (t, broken) result
(** Of a line without its end. *)

val may_be_torn : string -> bool
(** Whether a last line that is {!broken} is what a power cut leaves of an append: a run of zeros where a block was not written.
    One flipped bit never makes two zeros. *)

val hex : hash -> string
