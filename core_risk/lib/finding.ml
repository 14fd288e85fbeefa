(* One rule as it was asked. *)

type t = { rule : Refusal.t; value : int; limit : int; ok : bool }

let holds rule ~value ~limit = Ok { rule; value; limit; ok = true }
let fails rule ~value ~limit = Error { rule; value; limit; ok = false }
let at_most rule ~value ~limit = if value <= limit then holds rule ~value ~limit else fails rule ~value ~limit
let flag rule set = at_most rule ~value:(if set then 1 else 0) ~limit:0

let within_bounds = function
  | Ok value -> Ok value
  | Error Money.Overflow -> fails Refusal.Arithmetic ~value:0 ~limit:Money.max_e8
