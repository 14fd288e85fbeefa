(** Replies as the bodies and statuses of API.md. *)

type t = { status : int; body : Yojson.Safe.t }

val error : int -> string -> string -> t
(** Status, name, detail. *)

val check : build:string -> Risk.Order.t -> Risk.Step.reply -> t
val fill : build:string -> Risk.Fill.t -> Risk.State.t -> Risk.Step.reply -> t
(** The state after it. *)

val ended : build:string -> client_id:string -> Risk.State.t -> Risk.Step.reply -> t
val mark : build:string -> Risk.State.t -> Risk.Step.reply -> t
val deposit : build:string -> Risk.State.t -> Risk.Step.reply -> t
val standing : build:string -> Risk.State.t -> Risk.Step.reply -> t

val employed : build:string -> Risk.State.t -> Risk.Step.reply -> t

val trading_fields : Risk.State.t -> (string * Yojson.Safe.t) list
(** [trading], and [reason]: the operator's words, else the refusal's name, else null. *)
