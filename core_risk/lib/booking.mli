(** Orders, fills, ends of orders and deposits, entered into the account. *)

val grant : State.t -> Order.t -> Verdict.t -> Worth.t * Price.t -> Qty.t -> State.t
(** An approval: its reservation, and its time among those granted. *)

val refuse : State.t -> Order.t -> Verdict.t -> State.t

(** What is wrong with a fill that is booked as sent all the same. *)
type disagreement = {
  notional : Money.t option;  (** as computed here; [None]: nothing to compute it with *)
  fee : Money.t option;
  covered : bool;  (** an approval covers it *)
}

type fill_result =
  | Booked of State.t
  | Booked_against of disagreement * State.t  (** trading halts *)
  | Duplicate
  | Out_of_order of int  (** the id that is next *)
  | Changed  (** this id was another fill *)
  | Unbookable of State.t  (** a figure is out of bounds; trading halts *)

val fill : State.t -> Fill.t -> fill_result

val finish : State.t -> client_id:string -> event_ns:int -> State.t * bool
(** Releases what is left; whether the order was ever asked about. *)

type deposit_result = Deposited of State.t | Deposit_duplicate | Deposit_changed | Deposits_full | Deposit_unbookable

val deposit : State.t -> deposit_id:string -> Money.t -> deposit_result
(** Raises cash, both peaks and the day's start alike: a deposit is no profit. *)
