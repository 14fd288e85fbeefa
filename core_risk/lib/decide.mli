(** All rules in the order of the table, up to the first that refuses. *)

type t = {
  decision : Verdict.decision;
  findings : Finding.t list;
  grant : (Worth.t * Price.t) option;  (** units and reservation price of what was granted *)
}

val decide : State.t -> Order.t -> Quote.market -> t
(** [state] must know the market's prices already ({!Standing.priced}). *)
