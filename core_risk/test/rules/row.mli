(** One row of a table of rules: a name that is a fact, an account, an order, and the outcome in words. *)

open Risk

val row :
  string -> ?market:Quote.market -> (unit -> State.t) -> Order.t -> string -> unit Alcotest.test_case
