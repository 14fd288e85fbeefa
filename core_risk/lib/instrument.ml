(* One instrument: units and filters. *)

type t = {
  symbol : string;
  worth : Worth.t;
  tick_e8 : int;
  lot_e8 : int;
  qty_min : int;
  qty_max : int;
  notional_min_e8 : int;
}

let make ~symbol ~tick_e8 ~lot_e8 ~qty_min ~qty_max ~notional_min_e8 =
  match Worth.make ~tick_e8 ~lot_e8 with
  | None -> Error (Printf.sprintf "tick_e8 %d and lot_e8 %d must be positive and small enough to multiply" tick_e8 lot_e8)
  | Some worth ->
    if qty_min < 0 then Error "qty_min_lots must not be negative"
    else if qty_max < 0 || (qty_max > 0 && qty_max < qty_min) then
      Error "qty_max_lots must be 0 or at least qty_min_lots"
    else if notional_min_e8 < 0 then Error "notional_min_e8 must not be negative"
    else Ok { symbol; worth; tick_e8; lot_e8; qty_min; qty_max; notional_min_e8 }

let same_units a b = a.tick_e8 = b.tick_e8 && a.lot_e8 = b.lot_e8
