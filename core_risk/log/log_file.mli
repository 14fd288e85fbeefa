(** The log as a file: locked, read from its first line, appended to, brought to the disk. *)

type t

(** Why it cannot be opened; nothing was changed then. *)
type refusal =
  | In_use  (** another process holds it *)
  | Unusable of string  (** the system's words *)
  | Corrupt of { line : int; offset : int; why : string }  (** line number from 1, byte offset of its begin *)

val refusal_text : path:string -> refusal -> string

type opened = { file : t; cut : int  (** bytes of a torn tail that were cut off *) }

val open_ :
  path:string -> init:'a -> ('a -> seq:int -> string -> ('a, string) result) -> (opened * 'a, refusal) result
(** [open_ ~path ~init take]: makes the file if it is not there; folds [take] over the records' JSON, whose error is
    [Corrupt]. A last line without its end, or with the zeros of a block that was never written, was never acknowledged: it is
    cut off. Any other line that is wrong is [Corrupt]. *)

val append : t -> seq:int -> string -> unit
(** Into the system's memory. Raises [Unix.Unix_error]; then the file's end is unknown and nothing more may be appended. *)

val sync : t -> unit Lwt.t
(** Returns once all that was appended is on the disk. Fails with [Unix.Unix_error]. *)

val sync_now : t -> unit
(** The same, without giving way: before there is anybody to answer. *)

val size : t -> int
(** Bytes. *)

val close : t -> unit
