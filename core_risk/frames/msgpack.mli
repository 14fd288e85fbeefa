(** MessagePack as far as frames need it: one whole value out of one string. *)

type value =
  | Int of int64
  | Beyond_i64  (** an unsigned integer above 2⁶³ − 1 *)
  | Float of float
  | Bool of bool
  | Str of string
  | Bin of { at : int; length : int }  (** where its bytes stand in the input *)
  | Array of value list
  | Other  (** nil, map or extension: no frame has one *)

val depth_max : int
(** Arrays inside arrays; no frame has more. *)

val parse : string -> value option
(** [None] if the bytes are not exactly one value, hold a text that is not UTF-8, or nest deeper than {!depth_max}. *)
