(** The answer to an order. *)

type decision = Approve of Qty.t | Reduce of Qty.t | Refuse of Refusal.t

type t = {
  decision : decision;
  findings : Finding.t list;  (** every rule asked, in order; the last is the one that refused, if one did *)
  event_ns : int;
  expires_ns : int;
  limits_version : string;
  log_seq : int;
}

val name : decision -> string
val granted : decision -> Qty.t option
