(* What the tests of the rules begin with. *)

open Risk

let get what = function Some value -> value | None -> Alcotest.fail (what ^ " cannot be made")
let ok what = function Ok value -> value | Error why -> Alcotest.fail (what ^ ": " ^ why)
let price ticks = get "price" (Price.of_int ticks)
let qty lots = get "qty" (Qty.of_int lots)
let money amount = match Money.of_int amount with Ok money -> money | Error Money.Overflow -> Alcotest.fail "money"
let bounded = function Ok value -> value | Error Money.Overflow -> Alcotest.fail "a figure is out of bounds"

(* {2 Market} *)

let instrument symbol ~lot_e8 =
  ok symbol
    (Instrument.make ~symbol ~tick_e8:1_000_000 ~lot_e8 ~qty_min:2 ~qty_max:1_000_000 ~notional_min_e8:50_000_000)

let btc = instrument "BTCUSDT" ~lot_e8:1_000
let eth = instrument "ETHUSDT" ~lot_e8:10_000
let t0 = 1_723_161_301_000_000_000
let reserved_per_lot = 10_050_000

let quote ?(state = Quote.Live) ?(bid = 999_999) ?(ask = 1_000_000) ?(recv_ns = t0) symbol =
  { Quote.symbol; state; bid = Price.of_int bid; ask = Price.of_int ask; recv_ns; seq = 100 }

let market = Quote.Seen [ quote "BTCUSDT"; quote "ETHUSDT" ]

(* {2 Account} *)

let plenty = money 1_000_000_000_000_000

let limits =
  { Ruleset.market_age_max_ns = 2_000_000_000; order_notional_max = plenty; position_instrument_max = plenty;
    position_bot_max = plenty; position_portfolio_max = plenty; concentration_max_ppm = 1_000_000;
    leverage_max_ppm = 1_000_000; price_collar_ppm = 5_000; orders_per_second_max = 100; orders_per_minute_max = 1_000;
    orders_per_hour_max = 10_000; orders_per_day_max = 10_000; notional_per_day_max = Money.most;
    open_orders_max = 100; drawdown_max_ppm = 100_000; daily_loss_max = plenty; consecutive_losses_max = 100; approval_valid_ns = 2_000_000_000 }

let rules ?(allow_short = false) ?(bots = [ ("one", (plenty :> int)); ("two", (plenty :> int)) ]) limits =
  let of_version version =
    ok "rules"
      (Ruleset.make ~limits ~maker_fee_ppm:500 ~taker_fee_ppm:1_000 ~allow_short
         ~bots:(List.map (fun (name, capital) -> (name, money capital)) bots)
         ~version)
  in
  of_version (Risk_json.Ruleset_json.version (Risk_json.Ruleset_json.fields (of_version "")))

let step state event = fst (Step.step state event)

let account ?allow_short ?bots ?(deposit = 1_000_000_000_000_000) limits =
  let state = step (Step.start (rules ?allow_short ?bots limits)) (Step.Listed [ btc; eth ]) in
  if deposit = 0 then state
  else step state (Step.Deposited { deposit_id = "opening"; amount = money deposit; event_ns = t0 })

(* {2 Orders} *)

let order ?(bot = "one") ?(symbol = "BTCUSDT") ?(side = Side.Buy) ?(kind = Order.Market) ?reference
    ?(reduce_only = false) ?(at = t0) ?id lots =
  let best = match side with Side.Buy -> 1_000_000 | Side.Sell -> 999_999 in
  let drawn = Printf.sprintf "%s-%s-%s-%d-%d-%b" bot symbol (Side.name side) lots (at - t0) reduce_only in
  { Order.client_id = Option.value id ~default:drawn; bot; symbol; side; kind; qty = qty lots;
    reference_price = price (Option.value reference ~default:best);
    reduce_only; market_session = "s-1"; as_of_seq = 100; event_ns = at }

let ask ?(market = market) state order =
  let state, reply = Step.step state (Step.Asked (order, market)) in
  (state, Risk_json.Event_json.outcome reply)

let grant ?market state (order : Order.t) =
  let state, outcome = ask ?market state order in
  if not (String.equal outcome (Printf.sprintf "approve %d" (order.qty :> int))) then
    Alcotest.failf "%s: %s" order.client_id outcome;
  state

let fill_of ?price:at ?qty:lots ?(liquidity = Fill.Taker) (state : State.t) (order : Order.t) =
  let at = price (Option.value at ~default:(match order.side with Side.Buy -> 1_000_000 | Side.Sell -> 999_999)) in
  let lots = match lots with None -> order.qty | Some lots -> qty lots in
  let rounding = match order.side with Side.Buy -> Money.Up | Side.Sell -> Money.Down in
  let { State.instrument; orderable = _ } = State.Symbols.find order.symbol state.listings in
  let notional = bounded (Money.of_trade rounding instrument.worth at lots) in
  let ppm =
    match liquidity with Fill.Taker -> state.rules.taker_fee_ppm | Fill.Maker -> state.rules.maker_fee_ppm
  in
  { Fill.fill_id = state.fills + 1; client_id = order.client_id; bot = order.bot; symbol = order.symbol;
    side = order.side; price = at; qty = lots; liquidity; notional; fee = bounded (Money.fee notional ~ppm);
    event_ns = max state.event_ns order.event_ns }

let fill ?price ?qty ?liquidity state order =
  let state, reply = Step.step state (Step.Filled (fill_of ?price ?qty ?liquidity state order)) in
  let outcome = Risk_json.Event_json.outcome reply in
  if not (String.equal outcome "booked") then Alcotest.failf "%s: %s" order.Order.client_id outcome;
  state

let hold state order = fill (grant state order) order

let books (state : State.t) =
  { Reconcile.cash_e8 = (state.cash :> int); fills = state.fills;
    holdings =
      List.map
        (fun ((bot, symbol), (position : Position.t)) ->
           { Reconcile.bot; symbol; qty = position.qty; cost_e8 = (position.cost :> int);
             realised_e8 = (position.realised :> int) })
        (State.Pairs.bindings state.positions) }

let mark ?(market = market) ?(at = t0) state =
  step state (Step.Marked { market_session = "s-1"; as_of_seq = 100; event_ns = at; books = books state; market })

(* {2 Harness} *)

let fixed_seed = 20_240_808

let property name ~count arbitrary holds =
  Alcotest.test_case name `Quick (fun () ->
      let drawn =
        match Sys.getenv_opt "QF_SEED" with
        | Some text -> int_of_string text
        | None -> int_of_float (Unix.gettimeofday () *. 1_000.) land 0xffffff
      in
      let test = QCheck.Test.make ~name ~count arbitrary holds in
      List.iter
        (fun seed ->
           try QCheck.Test.check_exn ~rand:(Random.State.make [| seed |]) test
           with error ->
             Printf.eprintf "QF_SEED=%d\n%!" seed;
             raise error)
        [ fixed_seed; drawn ])

let rec above directory path =
  let candidate = Filename.concat directory path in
  if Sys.file_exists candidate then candidate
  else
    let parent = Filename.dirname directory in
    if String.equal parent directory then Alcotest.fail (path ^ " is in no directory above this test")
    else above parent path

let root_file path = above (Sys.getcwd ()) path
