(** The trader's books against these. *)

type holding = { bot : string; symbol : string; qty : int; cost_e8 : int; realised_e8 : int }
type books = { cash_e8 : int; fills : int; holdings : holding list }
type difference = { what : string; yours : int; ours : int }

val compare_books : State.t -> books -> difference list
(** Empty if they agree to the unit. A holding that one side does not list counts as all zero. *)
