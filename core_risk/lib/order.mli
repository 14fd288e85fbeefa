(** An order as it is asked about. *)

type kind = Market | Limit of Price.t | Stop of Price.t  (** [Stop] at its trigger *)

type t = {
  client_id : string;
  bot : string;
  symbol : string;
  side : Side.t;
  kind : kind;
  qty : Qty.t;
  reference_price : Price.t;
  reduce_only : bool;
  market_session : string;
  as_of_seq : int;
  event_ns : int;
}

val kind_name : kind -> string
val limit_price : kind -> Price.t option

val same_content : t -> t -> bool
(** Equal in all that the order hash covers: not in what the sender saw of the market. *)
