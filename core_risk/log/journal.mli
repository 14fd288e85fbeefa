(** The log file: read at start, whole or after a checkpoint, then only appended to. Every append is on the disk when it returns.

    A write that a crash cut short leaves a last line without its line feed, or one of zeros; it was never acknowledged
    and is cut off. A line that is whole but wrong was acknowledged once: nothing is guessed, {!open_file} names it and
    changes nothing. *)

type t

type fault =
  | In_use  (** another process has it open *)
  | Corrupt of { record : int; offset : int; why : string }
  | Rejected of { record : int; offset : int; why : string }  (** the fold's own error *)
  | Unusable of string  (** the system's error *)

val fault_text : path:string -> fault -> string

val record_bytes_max : int

type 'a opened = { journal : t; folded : 'a; cut_bytes : int  (** of a torn tail *) }

type 'a since = { seq : int; offset : int; head : Record.hash; folded : 'a }
(** What the records up to [seq] have made; the next one begins at [offset]. *)

val open_file :
  path:string ->
  ?since:'a since ->
  init:'a ->
  fold:('a -> seq:int -> string -> ('a, string) result) ->
  unit ->
  ('a opened, fault) result
(** Makes the file (mode 0600) if there is none, locks it, and folds its payloads from the first, or from those after
    [since]: a log that does not have that record there is [Corrupt], for it lost what was acknowledged. *)

val verify :
  path:string -> init:'a -> fold:('a -> seq:int -> string -> ('a, string) result) -> ('a * int * Record.hash, fault) result
(** The same without changing, locking or making anything; also the number of records and the last hash. *)

exception Write_failed of string
(** What is on the disk is not known any more: the process must end. *)

val append : t -> string -> unit
(** Raises {!Write_failed}. *)

type written
(** A record that is in the file, but perhaps not on the disk. *)

val write : t -> string -> written
(** One at a time: {!keep} comes before the next. Raises {!Write_failed}. *)

val sync : t -> unit
(** May wait for the disk, and may run in another thread meanwhile. Raises {!Write_failed}. *)

val keep : t -> written -> unit
(** What was written and synced is now the log's last. [append] is the three. *)

val syncs : t -> bool
(** False for measurements alone. *)

val seq : t -> int
(** Of the last record. *)

val head : t -> Record.hash

val offset : t -> int
(** Where the next record begins. *)

val close : t -> unit

val set_fsync : t -> bool -> unit
(** Only for measurements. *)
