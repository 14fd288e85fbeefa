(** The requests that change or compare the books, one at a time. *)

type t

val waiting_max : int
(** Requests that wait for the one in hand; one more is answered [busy]. *)

type request = Check | Fill | Done | Mark | Deposit | Employ | Halt | Resume

val make : build:string -> books:Books.t -> reader:Market_reader.t -> market_wait_s:float -> metrics:Metrics.t -> t

val handle : t -> request -> string -> Risk_json.Answer_json.t Lwt.t
(** The answer to a body. After a failed write to the log every answer is [log_failed]; see {!failed}. *)

val failed : t -> string Lwt.t
(** Resolves when the log could not be written, with the reason: the process must end. *)

val has_failed : t -> bool

val latest_event_ns : t -> int
(** The latest event time that any request named; ages on screens are measured from it. *)

val settle : t -> unit Lwt.t
(** When the request in hand and those waiting are answered. *)
