(* The latest so many things under their ids. *)

module Ids = Map.Make (String)
module Numbers = Map.Make (Int)

type 'a t = { by_id : 'a Ids.t; ages : string Numbers.t; first : int; next : int }

let empty = { by_id = Ids.empty; ages = Numbers.empty; first = 0; next = 0 }
let find memory id = Ids.find_opt id memory.by_id
let size memory = memory.next - memory.first

let forget_oldest memory =
  let oldest = Numbers.find memory.first memory.ages in
  { memory with
    by_id = Ids.remove oldest memory.by_id;
    ages = Numbers.remove memory.first memory.ages;
    first = memory.first + 1 }

let add memory id thing ~max =
  if Ids.mem id memory.by_id then { memory with by_id = Ids.add id thing memory.by_id }
  else
    let memory =
      { memory with
        by_id = Ids.add id thing memory.by_id;
        ages = Numbers.add memory.next id memory.ages;
        next = memory.next + 1 }
    in
    if size memory > max then forget_oldest memory else memory
