(* Buy or sell. *)

type t = Buy | Sell

let all = [ Buy; Sell ]
let name = function Buy -> "buy" | Sell -> "sell"
