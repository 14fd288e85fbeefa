(* What the later rules stand on. *)

open State

type t = {
  state : State.t;
  order : Order.t;
  instrument : Instrument.t;
  capital : Money.t;
  bid : Price.t;
  ask : Price.t;
  opposite : Price.t;
  equity : Money.t;
  exposure : Exposure.t;
  price : Price.t;
}

let ( let* ) = Result.bind

let with_finding rule value = Result.map (fun finding -> (value, finding)) (Finding.holds rule ~value:0 ~limit:0)

let unknown_instrument state (order : Order.t) market =
  match (Symbols.find_opt order.symbol state.listings, market) with
  | Some { instrument; orderable = true }, (Quote.Seen _ | Unseen) ->
    with_finding Refusal.Unknown_instrument instrument
  | None, Quote.Unseen -> Finding.fails Refusal.Market_unseen ~value:1 ~limit:0
  | Some { instrument = _; orderable = false }, (Quote.Seen _ | Unseen) | None, Quote.Seen _ ->
    Finding.fails Refusal.Unknown_instrument ~value:1 ~limit:0

let unknown_bot state (order : Order.t) =
  match Ruleset.capital state.rules order.bot with
  | Some capital -> with_finding Refusal.Unknown_bot capital
  | None -> Finding.fails Refusal.Unknown_bot ~value:1 ~limit:0

(* The order's own symbol must be quoted now; what is held elsewhere must have been priced once, else equity and exposure
   have no figure. The figure is the number of symbols that lack one. *)
let market_unseen state (order : Order.t) market =
  let unpriced = List.filter (fun symbol -> not (Symbols.mem symbol state.prices)) (watched state) in
  match Option.map (fun quote -> (quote, Quote.best quote)) (Quote.find market order.symbol) with
  | Some (quote, Some (bid, ask)) when List.for_all (String.equal order.symbol) unpriced ->
    Result.map (fun finding -> (quote, bid, ask, finding)) (Finding.holds Refusal.Market_unseen ~value:0 ~limit:0)
  | Some (_, (Some _ | None)) | None ->
    Finding.fails Refusal.Market_unseen ~value:(max 1 (List.length unpriced)) ~limit:0

let market_not_live (quote : Quote.t) =
  let live = Quote.feed_state_number Quote.Live in
  let value = Quote.feed_state_number quote.state in
  if value = live then Finding.holds Refusal.Market_not_live ~value ~limit:live
  else Finding.fails Refusal.Market_not_live ~value ~limit:live

let market_crossed ~(bid : Price.t) ~(ask : Price.t) =
  Finding.at_most Refusal.Market_crossed ~value:(bid :> int) ~limit:((ask :> int) - 1)

let stale_market state (order : Order.t) (quote : Quote.t) =
  Finding.at_most Refusal.Stale_market
    ~value:(abs (order.event_ns - quote.recv_ns))
    ~limit:state.rules.limits.market_age_max_ns

(* Figures that only an amount out of bounds, or nothing priced at all, can withhold. *)
let figures state (order : Order.t) ~bid ~ask =
  let marked = function
    | Ok value -> Ok value
    | Error State.Overflow -> Finding.within_bounds (Error Money.Overflow)
    | Error (State.Unpriced _) -> Finding.fails Refusal.Market_unseen ~value:1 ~limit:0
  in
  let* equity = marked (equity state) in
  let* exposure = marked (Exposure.of_state state) in
  match Reservation.price order ~bid ~ask ~collar_ppm:state.rules.limits.price_collar_ppm with
  | None -> Finding.within_bounds (Error Money.Overflow)
  | Some price -> Ok (equity, exposure, price)

let find state order market =
  let findings = ref [] in
  let note finding = findings := finding :: !findings in
  let grounds =
    let* instrument, finding = unknown_instrument state order market in
    note finding;
    let* capital, finding = unknown_bot state order in
    note finding;
    let* quote, bid, ask, finding = market_unseen state order market in
    note finding;
    let* finding = market_not_live quote in
    note finding;
    let* finding = market_crossed ~bid ~ask in
    note finding;
    let* finding = stale_market state order quote in
    note finding;
    let* equity, exposure, price = figures state order ~bid ~ask in
    let opposite = match order.Order.side with Side.Buy -> ask | Side.Sell -> bid in
    Ok { state; order; instrument; capital; bid; ask; opposite; equity; exposure; price }
  in
  match grounds with
  | Ok grounds -> Ok (grounds, !findings)
  | Error finding -> Error (finding, !findings)
