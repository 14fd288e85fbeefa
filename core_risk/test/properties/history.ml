(* Random histories, played against an account and a naive model of it. *)

open Risk

type action = { kind : int; a : int; b : int; c : int }

type played = {
  state : State.t;
  model : Model.t;
  events : (Step.event * Step.reply) list;
  now : int;
  prices : int * int;
}

let money = Scenario.money

(* A lot of BTCUSDT reserves about 10⁷, one of ETHUSDT about 10⁸. *)
let limits =
  { Scenario.limits with
    order_notional_max = money 2_500_000_000; position_instrument_max = money 6_000_000_000;
    position_bot_max = money 7_000_000_000; position_portfolio_max = money 8_200_000_000;
    concentration_max_ppm = 720_000; leverage_max_ppm = 1_030_000; orders_per_second_max = 3;
    orders_per_minute_max = 6; orders_per_hour_max = 9; orders_per_day_max = 10;
    notional_per_day_max = money 14_000_000_000; open_orders_max = 6; drawdown_max_ppm = 32_000;
    daily_loss_max = money 200_000_000; consecutive_losses_max = 3 }

let rules = Scenario.rules ~allow_short:true ~bots:[ ("one", 5_000_000_000); ("two", 8_000_000_000) ] limits
let deposit = 8_000_000_000

(* {2 Drawing} *)

let action =
  QCheck.Gen.(
    map
      (fun (kind, a, b, c) -> { kind; a; b; c })
      (quad (int_bound 15) (int_bound 1_000_000) (int_bound 1_000_000) (int_bound 1_000_000)))

let print actions =
  String.concat "; " (List.map (fun { kind; a; b; c } -> Printf.sprintf "%d %d %d %d" kind a b c) actions)

let arbitrary =
  QCheck.make ~print
    ~shrink:(fun actions -> QCheck.Shrink.list actions)
    (QCheck.Gen.list_size (QCheck.Gen.int_range 1 120) action)

(* {2 Playing} *)

let ask_of played symbol = if String.equal symbol "BTCUSDT" then fst played.prices else snd played.prices

let market played =
  let quote symbol ask = Scenario.quote symbol ~bid:(ask - 1) ~ask ~recv_ns:played.now in
  Quote.Seen [ quote "BTCUSDT" (fst played.prices); quote "ETHUSDT" (snd played.prices) ]

let step played event =
  let state, reply = Step.step played.state event in
  ({ played with state; events = (event, reply) :: played.events }, reply)

let bot n = if n mod 2 = 0 then "one" else "two"
let symbol n = if n mod 3 < 2 then "BTCUSDT" else "ETHUSDT"

let kind n ~ask =
  match n mod 7 with
  | 0 -> Order.Limit (Scenario.price (ask - (n mod 2_000)))
  | 1 -> Order.Limit (Scenario.price (ask + (n mod 2_000)))
  | 2 -> Order.Stop (Scenario.price (ask + (n mod 20_000)))
  | _ -> Order.Market

let check played { kind = _; a; b; c } =
  let symbol = symbol a and side = if b mod 2 = 0 then Side.Buy else Side.Sell in
  let ask = ask_of played symbol in
  let lots = 5 + (c mod if String.equal symbol "BTCUSDT" then 250 else 25) in
  let id = Printf.sprintf "order-%d" (List.length played.events) in
  let order =
    Scenario.order lots ~bot:(bot (a / 7)) ~symbol ~side ~kind:(kind (b / 2) ~ask) ~at:played.now ~id ~reference:ask
      ~reduce_only:(c mod 11 = 0)
  in
  let played, reply = step played (Step.Asked (order, market played)) in
  match (reply, State.Symbols.find_opt id played.state.open_orders) with
  | Step.Decided { decision = Verdict.Approve given | Verdict.Reduce given; _ }, Some reservation ->
    let price = (reservation.price :> int) in
    { played with model = Model.granted played.model order ~lots:(given :> int) ~price }
  | _, (Some _ | None) -> played

let fill played { kind = _; a; b; c } =
  match Model.open_lots played.model with
  | [] -> played
  | still_open ->
    let order, left = List.nth still_open (a mod List.length still_open) in
    let ask = ask_of played order.symbol in
    let market_price = match order.side with Side.Buy -> ask + (b mod 50) | Side.Sell -> ask - 1 - (b mod 50) in
    let price =
      match order.kind with Order.Limit limit -> (limit :> int) | Order.Market | Order.Stop _ -> market_price
    in
    let lots = if c mod 2 = 0 then left else 1 + (c mod left) in
    let liquidity = if c mod 5 = 0 then Fill.Maker else Fill.Taker in
    let fill = Scenario.fill_of ~price ~qty:lots ~liquidity played.state order in
    let fill = { fill with event_ns = played.now } in
    let played, _ = step played (Step.Filled fill) in
    { played with model = Model.filled played.model fill }

let finish played { kind = _; a; b = _; c = _ } =
  match Model.open_lots played.model with
  | [] -> played
  | still_open ->
    let order, _ = List.nth still_open (a mod List.length still_open) in
    let event = Step.Ended { client_id = order.client_id; reason = "cancelled"; event_ns = played.now } in
    let played, _ = step played event in
    { played with model = Model.ended played.model order.client_id }

let mark played =
  let event =
    Step.Marked
      { market_session = "s-1"; as_of_seq = 100; event_ns = played.now; books = Scenario.books played.state;
        market = market played }
  in
  fst (step played event)

let moved price by = max 100_000 (price + by - 150_000)
let wait played ns = { played with now = played.now + ns }

(* What a client sends again when no answer came. Books of an earlier moment would rightly be found to differ. *)
let sent_again = function
  | Step.Asked _ | Filled _ | Ended _ | Deposited _ -> true
  | Configured _ | Employed _ | Listed _ | Marked _ | Halted _ | Resumed _ -> false

let repeat played a =
  match List.filter sent_again (List.map fst played.events) with
  | [] -> played
  | events -> fst (step played (List.nth events (a mod List.length events)))

let act played ({ kind; a; b; c } as action) =
  match kind with
  | 0 | 1 | 2 | 3 | 4 | 5 -> check played action
  | 6 | 7 | 8 -> fill played action
  | 9 -> finish played action
  | 10 -> mark played
  | 11 -> { played with prices = (moved (fst played.prices) (a mod 300_001), moved (snd played.prices) (b mod 300_001)) }
  | 12 -> wait played (a * 1_000)
  | 13 -> wait played (a * 2_000_000)
  | 14 -> repeat played a
  | _ -> (
      match c mod 4 with
      | 0 -> fst (step played (Step.Halted { reason = "h"; event_ns = played.now; command = 0 }))
      | 1 | 2 -> fst (step played (Step.Resumed { reason = "r"; event_ns = played.now; command = 0; market = market played }))
      | _ -> wait played (24 * 3_600 * 1_000_000_000))

let start =
  let played =
    { state = Step.start rules; model = Model.empty; events = []; now = Scenario.t0; prices = (1_000_000, 1_000_000) }
  in
  let played, _ = step played (Step.Listed [ Scenario.btc; Scenario.eth ]) in
  let opening = Step.Deposited { deposit_id = "opening"; amount = money deposit; event_ns = played.now } in
  let played, _ = step played opening in
  { played with model = Model.deposited played.model (Z.of_int deposit) }

let play ?(after = fun ~before:_ _ -> ()) actions =
  List.fold_left
    (fun before action ->
       let played = act before action in
       after ~before played;
       played)
    start actions
