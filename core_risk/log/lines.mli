(** Lines of a file, read in blocks. *)

type t

val of_channel : in_channel -> length_max:int -> t

type line =
  | Line of string  (** without its line feed *)
  | Tail of string  (** the end of the file came before a line feed *)
  | Too_long
  | End

val next : t -> line
