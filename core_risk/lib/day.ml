(* What was granted in a UTC day. *)

type t = { number : int; orders : int; notional : Money.t }

let day_ns = 86_400_000_000_000
let number ns = (if ns >= 0 then ns else ns - day_ns + 1) / day_ns
let none = { number = 0; orders = 0; notional = Money.zero }

let at day ns =
  let today = number ns in
  if day.number = today then day else { none with number = today }

(* A sum out of bounds stays at the most there is: whatever comes on top of it that day is out of bounds again. *)
let granted day ns notional =
  let today = at day ns in
  let sum = Result.bind notional (Money.add today.notional) in
  { today with orders = today.orders + 1; notional = Result.value sum ~default:Money.most }
