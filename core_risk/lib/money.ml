(* Money: checked integers; whatever multiplies goes through Zarith. *)

type t = int
type overflow = Overflow

let max_e8 = (1 lsl 62) - 1
let most = max_e8
let zero = 0

(* [min_int] is −2⁶²: it fits the machine, not the contract. *)
let of_int n = if n = min_int then Error Overflow else Ok n
let neg n = -n

let add a b =
  let s = a + b in
  if a >= 0 = (b >= 0) && s >= 0 <> (a >= 0) then Error Overflow else of_int s

let sub a b = add a (neg b)

let sum amounts =
  List.fold_left (fun total amount -> Result.bind total (fun t -> add t amount)) (Ok zero) amounts

type rounding = Down | Up

let of_z z = if Z.fits_int z then of_int (Z.to_int z) else Error Overflow

let quotient rounding num den =
  match rounding with
  | Down -> of_z (Z.fdiv num den)
  | Up -> of_z (Z.cdiv num den)

let share rounding amount ~part ~whole =
  quotient rounding (Z.mul (Z.of_int amount) (Z.of_int part)) (Z.of_int whole)

let of_trade rounding (worth : Worth.t) (price : Price.t) (qty : Qty.t) =
  let lots = Z.mul (Z.of_int (price :> int)) (Z.of_int (qty :> int)) in
  quotient rounding (Z.mul lots (Z.of_int worth.num)) (Z.of_int worth.den)

let fee notional ~ppm = share Up notional ~part:ppm ~whole:1_000_000

(* ⌈price·qty·num/den⌉ ≤ amount  ⟺  price·qty·num ≤ amount·den  ⟺  qty ≤ ⌊amount·den / (price·num)⌋. *)
let qty_within amount (worth : Worth.t) (price : Price.t) =
  let one = Z.mul (Z.of_int (price :> int)) (Z.of_int worth.num) in
  let lots = Z.fdiv (Z.mul (Z.of_int amount) (Z.of_int worth.den)) one in
  Qty.of_int (if Z.fits_int lots then Z.to_int lots else if Z.sign lots > 0 then max_e8 else 0)

let ppm_of part whole = share Up part ~part:1_000_000 ~whole
