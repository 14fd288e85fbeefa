(* The trader's books against these. *)

module Pairs = State.Pairs

type holding = { bot : string; symbol : string; qty : int; cost_e8 : int; realised_e8 : int }
type books = { cash_e8 : int; fills : int; holdings : holding list }
type difference = { what : string; yours : int; ours : int }

let figure what yours ours = if yours = ours then [] else [ { what; yours; ours } ]

let ours_of (state : State.t) =
  Pairs.mapi
    (fun (bot, symbol) (position : Position.t) ->
       { bot; symbol; qty = position.qty;
         cost_e8 = (position.cost :> int);
         realised_e8 = (position.realised :> int) })
    state.positions

let yours_of books =
  List.fold_left (fun map holding -> Pairs.add (holding.bot, holding.symbol) holding map) Pairs.empty books.holdings

let holding_differences (bot, symbol) yours ours =
  let nothing = { bot; symbol; qty = 0; cost_e8 = 0; realised_e8 = 0 } in
  let yours = Option.value yours ~default:nothing and ours = Option.value ours ~default:nothing in
  let name what = Printf.sprintf "%s/%s.%s" bot symbol what in
  figure (name "qty") yours.qty ours.qty
  @ figure (name "cost_e8") yours.cost_e8 ours.cost_e8
  @ figure (name "realised_e8") yours.realised_e8 ours.realised_e8

let compare_books (state : State.t) books =
  let of_pair key yours ours = Some (holding_differences key yours ours) in
  let differing = Pairs.merge of_pair (yours_of books) (ours_of state) in
  figure "cash_e8" books.cash_e8 (state.cash :> int)
  @ figure "fills" books.fills state.fills
  @ List.concat_map snd (Pairs.bindings differing)
