(* The answer to an order. *)

type decision = Approve of Qty.t | Reduce of Qty.t | Refuse of Refusal.t

type t = {
  decision : decision;
  findings : Finding.t list;
  event_ns : int;
  expires_ns : int;
  limits_version : string;
  log_seq : int;
}

let name = function Approve _ -> "approve" | Reduce _ -> "reduce" | Refuse _ -> "refuse"
let granted = function Approve qty | Reduce qty -> Some qty | Refuse _ -> None
