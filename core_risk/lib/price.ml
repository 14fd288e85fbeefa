(* A price: a positive number of ticks. *)

type t = int

let of_int n = if n > 0 then Some n else None
let million = Z.of_int 1_000_000

let raised price ~ppm =
  let z = Z.cdiv (Z.mul (Z.of_int price) (Z.add million (Z.of_int ppm))) million in
  if Z.fits_int z then Some (Z.to_int z) else None

let distance_ppm price ~from =
  let z = Z.cdiv (Z.mul (Z.of_int (abs (price - from))) million) (Z.of_int from) in
  if Z.fits_int z then Z.to_int z else max_int

let max (a : t) (b : t) = if a >= b then a else b
