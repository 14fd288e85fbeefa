(** A fill as the trader reports it. *)

type liquidity = Taker | Maker

type t = {
  fill_id : int;
  client_id : string;
  bot : string;
  symbol : string;
  side : Side.t;
  price : Price.t;
  qty : Qty.t;
  liquidity : liquidity;
  notional : Money.t;
  fee : Money.t;
  event_ns : int;
}

val liquidity_name : liquidity -> string
