(** Counters of this process, in Prometheus' text form. *)

type t

val make : unit -> t
val answered : t -> route:string -> status:int -> unit
val decided : t -> verdict:string -> refusal:string -> unit
val appended : t -> seconds:float -> unit

val text : t -> gauges:(string * string * int) list -> string
(** All of them, with these gauges: name, help, value. *)
