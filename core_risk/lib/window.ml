(* When orders were granted: times under consecutive numbers, so that a count is a binary search. *)

module Numbers = Map.Make (Int)

type t = { times : int Numbers.t; first : int; next : int }

let empty = { times = Numbers.empty; first = 0; next = 0 }
let size window = window.next - window.first

let rec forget_down_to kept_max window =
  if size window <= kept_max then window
  else forget_down_to kept_max { window with times = Numbers.remove window.first window.times; first = window.first + 1 }

let record window ns ~kept_max =
  forget_down_to kept_max
    { window with times = Numbers.add window.next ns window.times; next = window.next + 1 }

(* The lowest number in [low, high) whose time is later, or [high]. *)
let rec first_after window ns low high =
  if low >= high then high
  else
    let middle = (low + high) / 2 in
    if Numbers.find middle window.times > ns then first_after window ns low middle
    else first_after window ns (middle + 1) high

let count_after window ns = window.next - first_after window ns window.first window.next
