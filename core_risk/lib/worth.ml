(* What one tick of one lot is worth. *)

type t = { num : int; den : int }

let make ~tick_e8 ~lot_e8 =
  if tick_e8 <= 0 || lot_e8 <= 0 then None
  else
    let product = Z.mul (Z.of_int tick_e8) (Z.of_int lot_e8) in
    let unit = Z.of_int 100_000_000 in
    let divisor = Z.gcd product unit in
    let num = Z.divexact product divisor in
    if Z.fits_int num then Some { num = Z.to_int num; den = Z.to_int (Z.divexact unit divisor) } else None
