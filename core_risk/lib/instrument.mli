(** One instrument as a market session declares it: its units and its exchange filters. *)

type t = private {
  symbol : string;
  worth : Worth.t;
  tick_e8 : int;
  lot_e8 : int;
  qty_min : int;  (** lots *)
  qty_max : int;  (** lots; 0: no such filter *)
  notional_min_e8 : int;  (** 0: no such filter *)
}

val make :
  symbol:string ->
  tick_e8:int ->
  lot_e8:int ->
  qty_min:int ->
  qty_max:int ->
  notional_min_e8:int ->
  (t, string) result
(** The error names the figure that cannot be. *)

val same_units : t -> t -> bool
(** Whether lots and ticks of one are lots and ticks of the other. *)
