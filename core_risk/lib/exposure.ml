(* How much is at stake. *)

module Pairs = State.Pairs

type pair = { held : Money.t; buys : Money.t; sells : Money.t }
type t = pair Pairs.t
type scope = Instrument of string | Bot of string | Portfolio

let ( let* ) = Result.bind
let nothing = { held = Money.zero; buys = Money.zero; sells = Money.zero }
let pair_of exposure key = Option.value (Pairs.find_opt key exposure) ~default:nothing
let unbounded = function Ok value -> Ok value | Error Money.Overflow -> Error State.Overflow

let held_value (state : State.t) symbol (position : Position.t) =
  match Qty.of_int (abs position.qty) with
  | None -> Ok Money.zero
  | Some qty -> (
      match (State.Symbols.find_opt symbol state.listings, State.Symbols.find_opt symbol state.prices) with
      | Some { instrument; orderable = _ }, Some (_, ask) ->
        let* value = unbounded (Money.of_trade Money.Up instrument.worth ask qty) in
        Ok (if position.qty > 0 then value else Money.neg value)
      | None, (Some _ | None) | Some _, None -> Error (State.Unpriced symbol))

let adding exposure ~bot ~symbol side notional =
  let pair = pair_of exposure (bot, symbol) in
  let* pair =
    match side with
    | Side.Buy -> Result.map (fun buys -> { pair with buys }) (Money.add pair.buys notional)
    | Side.Sell -> Result.map (fun sells -> { pair with sells }) (Money.add pair.sells notional)
  in
  Ok (Pairs.add (bot, symbol) pair exposure)

let of_state (state : State.t) =
  let* held =
    Pairs.fold
      (fun (bot, symbol) position exposure ->
         let* exposure = exposure in
         let* held = held_value state symbol position in
         Ok (Pairs.add (bot, symbol) { nothing with held } exposure))
      state.positions (Ok Pairs.empty)
  in
  State.Symbols.fold
    (fun _ (reservation : Reservation.t) exposure ->
       let* exposure = exposure in
       let order = reservation.order in
       let* notional = unbounded (Reservation.notional reservation) in
       unbounded (adding exposure ~bot:order.bot ~symbol:order.symbol order.side notional))
    state.open_orders (Ok held)

let magnitude (amount : Money.t) = if (amount :> int) < 0 then Money.neg amount else amount

let gross pair =
  let* bought = Money.add pair.held pair.buys in
  let* sold = Money.sub pair.held pair.sells in
  let bought = magnitude bought and sold = magnitude sold in
  Ok (if (bought :> int) >= (sold :> int) then bought else sold)

let in_scope scope (bot, symbol) =
  match scope with
  | Instrument name -> String.equal name symbol
  | Bot name -> String.equal name bot
  | Portfolio -> true

let total exposure scope =
  Pairs.fold
    (fun key pair total ->
       let* total = total in
       if in_scope scope key then
         let* gross = gross pair in
         Money.add total gross
       else Ok total)
    exposure (Ok Money.zero)

let room exposure scope ~limit ~bot ~symbol side =
  let pair = pair_of exposure (bot, symbol) in
  let* others = total (Pairs.remove (bot, symbol) exposure) scope in
  let* left = Money.sub limit others in
  match side with
  | Side.Buy -> Result.bind (Money.sub left pair.held) (fun left -> Money.sub left pair.buys)
  | Side.Sell -> Result.bind (Money.add left pair.held) (fun left -> Money.sub left pair.sells)
