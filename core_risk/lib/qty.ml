(* A quantity: a positive number of lots. *)

type t = int

let of_int n = if n > 0 then Some n else None
let min (a : t) (b : t) = if a <= b then a else b

let sum a b =
  let s = a + b in
  if (a >= 0 = (b >= 0) && s >= 0 <> (a >= 0)) || s = min_int then None else Some s
