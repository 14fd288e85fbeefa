(* An order as it is asked about. *)

type kind = Market | Limit of Price.t | Stop of Price.t

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

let kind_name = function Market -> "market" | Limit _ -> "limit" | Stop _ -> "stop"
let limit_price = function Market -> None | Limit price | Stop price -> Some price

let same_content a b =
  String.equal a.client_id b.client_id
  && String.equal a.bot b.bot
  && String.equal a.symbol b.symbol
  && a.side = b.side && a.kind = b.kind && a.qty = b.qty && a.reduce_only = b.reduce_only && a.event_ns = b.event_ns
