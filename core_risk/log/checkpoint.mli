(** What a log amounts to up to one of its records, in a file beside it, so that a start need not read what came before.

    It is believed only from the program that wrote it, with its own hash, and if the log still has that record there.
    What lies before it in the log is then read by [--verify] alone. *)

type t = { seq : int; offset : int  (** where the next record begins *); head : Record.hash; content : string }

val path : log:string -> string

val write : log:string -> program:string -> t -> (unit, string) result
(** Replaces the file as a whole; on disk when it returns. [program] is a name without blanks. *)

type found =
  | None_yet
  | Found of t
  | Misfit of string  (** of another program, or damaged: the whole log is read *)

val read : log:string -> program:string -> found
