(** What one tick of one lot is worth, in 10⁻⁸ of the quote currency: a reduced fraction of positive integers. *)

type t = private { num : int; den : int }

val make : tick_e8:int -> lot_e8:int -> t option
(** tick_e8 · lot_e8 / 10⁸, reduced. [None] if either is not positive or the numerator does not fit. *)
