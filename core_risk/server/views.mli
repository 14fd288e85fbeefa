(** What may be looked at: the account, readiness, figures. Nothing here changes anything. *)

type t

val make :
  build:string ->
  books:Books.t ->
  reader:Market_reader.t ->
  orders:Order_path.t ->
  metrics:Metrics.t ->
  t

val version : t -> Risk_json.Answer_json.t
val state : t -> Risk_json.Answer_json.t
val health : Risk_json.Answer_json.t
val ready : t -> Risk_json.Answer_json.t

val metrics : t -> string
(** Prometheus' text. *)
