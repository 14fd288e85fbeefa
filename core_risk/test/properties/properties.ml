(* What holds of every history. *)

open Risk

let fail format = Printf.ksprintf (fun text -> QCheck.Test.fail_report text) format
let at_most what figure limit =
  if Z.gt figure (Z.of_int limit) then fail "%s is %s, beyond %d" what (Z.to_string figure) limit

let asks (played : History.played) symbol =
  if String.equal symbol "BTCUSDT" then fst played.prices else snd played.prices

(* {2 Limits} *)

(* The verdict that this step gave, if it was a new one. *)
let new_grant ~(before : History.played) (after : History.played) =
  match after.events with
  | (Step.Asked (order, _), Step.Decided verdict) :: _ when after.state != before.state -> (
      match Verdict.granted verdict.decision with None -> None | Some lots -> Some (order, lots))
  | _ -> None

let second = 1_000_000_000

(* Right after a grant, with the granted order among the open ones, nothing is beyond its limit. An order that only reduces is
   not held to the limits of positions. *)
let no_limit_is_passed ~before (after : History.played) =
  match new_grant ~before after with
  | None -> ()
  | Some (order, lots) ->
    let limits = History.rules.limits and model = after.model and asks = asks after in
    let exposure = Model.exposure model ~asks in
    let since ns = Z.of_int (Model.granted_since model (order.event_ns - ns)) in
    let equity = Model.equity model ~asks in
    let share figure = Z.cdiv (Z.mul figure (Z.of_int 1_000_000)) equity in
    if before.state.halt <> None then fail "an order was granted after a halt";
    if State.halted_by before.state <> None && not order.reduce_only then fail "an order was granted while halted";
    if (lots :> int) > (order.qty :> int) then fail "more was granted than asked";
    at_most "open orders" (Z.of_int (List.length (Model.open_lots model))) limits.open_orders_max;
    at_most "orders in a second" (since second) limits.orders_per_second_max;
    at_most "orders in a minute" (since (60 * second)) limits.orders_per_minute_max;
    if order.reduce_only then (
      let held = Model.lots before.model ~bot:order.bot ~symbol:order.symbol in
      let reduces = match order.side with Side.Buy -> held < 0 | Side.Sell -> held > 0 in
      if not reduces then fail "a reduce_only order was granted with nothing to reduce";
      if (lots :> int) > abs held then fail "a reduce_only order was granted more than is open")
    else (
      at_most "orders in an hour" (since (3_600 * second)) limits.orders_per_hour_max;
      at_most "orders in a UTC day" (Z.of_int (Model.granted_on model (Day.number order.event_ns)))
        limits.orders_per_day_max;
      at_most "notional in a UTC day" (Model.notional_on model (Day.number order.event_ns))
        (limits.notional_per_day_max :> int);
      at_most "the instrument" (exposure (Model.Instrument order.symbol)) (limits.position_instrument_max :> int);
      at_most "the bot" (exposure (Model.Bot order.bot))
        (min (limits.position_bot_max :> int) (Option.get (Ruleset.capital History.rules order.bot) :> int));
      at_most "the portfolio" (exposure Model.Portfolio) (limits.position_portfolio_max :> int);
      if Z.sign equity <= 0 then fail "an order was granted without equity";
      at_most "concentration" (share (exposure (Model.Instrument order.symbol))) limits.concentration_max_ppm;
      at_most "leverage" (share (exposure Model.Portfolio)) limits.leverage_max_ppm;
      if order.side = Side.Buy && Z.lt (Model.cash model) (Model.reserved_cash model ~fee_ppm:1_000) then
        fail "open buys reserve more than the cash there is")

let never_beyond_a_limit actions =
  ignore (History.play ~after:no_limit_is_passed actions : History.played);
  true

(* {2 Figures} *)

let same what ours model =
  if not (Z.equal (Z.of_int ours) model) then fail "%s is %d, the model says %s" what ours (Z.to_string model)

let figures_are_the_model's ~before:_ (after : History.played) =
  let state = Standing.priced after.state (History.market after) in
  same "cash" (state.cash :> int) (Model.cash after.model);
  (match State.equity state with
   | Ok equity -> same "equity" (equity :> int) (Model.equity after.model ~asks:(asks after))
   | Error (State.Overflow | State.Unpriced _) -> fail "equity has no figure");
  (match Exposure.of_state state with
   | Error (State.Overflow | State.Unpriced _) -> fail "exposure has no figure"
   | Ok exposure -> (
       match Exposure.total exposure Exposure.Portfolio with
       | Ok total -> same "exposure" (total :> int) (Model.exposure after.model ~asks:(asks after) Model.Portfolio)
       | Error Money.Overflow -> fail "exposure is out of bounds"));
  State.Pairs.iter
    (fun (bot, symbol) (position : Position.t) ->
       if position.qty <> Model.lots after.model ~bot ~symbol then fail "lots of %s in %s differ" bot symbol)
    state.positions;
  if state.mismatch then fail "books that are the same were found to differ";
  match State.invariant state with Ok () -> () | Error broken -> fail "invariant: %s" broken

let figures_agree actions =
  ignore (History.play ~after:figures_are_the_model's actions : History.played);
  true

(* {2 Log} *)

module Replay = Risk_json.Replay

(* Only what changed the state is written; every prefix of it must give the state of that moment. *)
let every_prefix_rebuilds actions =
  let first = Risk_json.Event_json.to_text (Step.Configured History.rules) Step.Noted in
  let rebuilt = ref Replay.Empty and seq = ref 0 in
  let record text =
    incr seq;
    match Replay.record !rebuilt ~seq:!seq text with
    | Ok account -> rebuilt := account
    | Error why -> fail "record %d: %s" !seq why
  in
  let digest = function
    | Replay.Empty -> fail "nothing was rebuilt"
    | Replay.Account state -> Risk_json.State_json.digest state
  in
  let played = History.play [] in
  record first;
  List.iter (fun (event, reply) -> record (Risk_json.Event_json.to_text event reply)) (List.rev played.events);
  let check ~(before : History.played) (after : History.played) =
    if after.state != before.state then (
      (match after.events with
       | (event, reply) :: _ -> record (Risk_json.Event_json.to_text event reply)
       | [] -> fail "a state changed without an event");
      if not (String.equal (digest !rebuilt) (Risk_json.State_json.digest after.state)) then
        fail "record %d rebuilds another state" !seq)
  in
  ignore (History.play ~after:check actions : History.played);
  true

(* {2 Repeats} *)

(* Said twice, a check, fill, end, deposit or halt changes nothing more, and is answered in the same words. *)
let said_twice ~before:_ (after : History.played) =
  match after.events with
  | [] -> ()
  | (event, reply) :: _ -> (
      let again, second = Step.step after.state event in
      match event with
      | Step.Asked _ ->
        if again != after.state then fail "a check changed something again";
        if Risk_json.Event_json.outcome reply <> Risk_json.Event_json.outcome second then fail "another verdict"
      | Step.Filled _ | Ended _ | Deposited _ | Halted _ | Listed _ | Configured _ | Employed _ | Marked _ | Resumed _ ->
        if again != after.state then fail "it changed something again")

let nothing_counts_twice actions =
  ignore (History.play ~after:said_twice actions : History.played);
  true

(* {2 What is not known} *)

let live_max_ns = History.rules.limits.market_age_max_ns

(* The same market, each time with one thing about the order's own instrument that nobody can trade on. *)
let unknown_markets (order : Order.t) quotes =
  let own (quote : Quote.t) = String.equal quote.symbol order.symbol in
  let with_own change = Quote.Seen (List.map (fun quote -> if own quote then change quote else quote) quotes) in
  let in_state state = (Quote.feed_state_name state, with_own (fun quote -> { quote with state })) in
  ("unseen", Quote.Unseen)
  :: ("of other instruments", Quote.Seen (List.filter (fun quote -> not (own quote)) quotes))
  :: ("without bids", with_own (fun quote -> { quote with bid = None }))
  :: ("without asks", with_own (fun quote -> { quote with ask = None }))
  :: ("crossed", with_own (fun quote -> { quote with bid = quote.ask; ask = quote.bid }))
  :: ("old", with_own (fun quote -> { quote with recv_ns = order.event_ns - live_max_ns - 1 }))
  :: List.map in_state [ Disconnected; Resyncing; Stale; Crossed; Halted; Geo_blocked; Banned ]

(* What was granted would not have been, had the market not been known. *)
let no_order_without_a_market ~(before : History.played) (after : History.played) =
  match (new_grant ~before after, after.events) with
  | Some _, (Step.Asked (order, Quote.Seen quotes), _) :: _ ->
    List.iter
      (fun (what, market) ->
         match Step.step before.state (Step.Asked (order, market)) with
         | _, Step.Decided verdict when Verdict.granted verdict.decision = None -> ()
         | _, Step.Decided _ -> fail "granted in a market that is %s" what
         | _ -> fail "no verdict in a market that is %s" what)
      (unknown_markets order quotes)
  | (Some _ | None), _ -> ()

let unknown_means_no_order actions =
  ignore (History.play ~after:no_order_without_a_market actions : History.played);
  true

(* {2 What is never taken back} *)

let resumed (played : History.played) = match played.events with (Step.Resumed _, _) :: _ -> true | _ -> false

(* Peaks only rise, a breaker and a halt stand until an operator resumes. *)
let nothing_is_forgotten ~(before : History.played) (after : History.played) =
  let earlier = before.state and later = after.state in
  if (later.peak :> int) < (earlier.peak :> int) then fail "the peak fell";
  if later.fills < earlier.fills then fail "fills were forgotten";
  if not (resumed after) then (
    if (later.breaker_peak :> int) < (earlier.breaker_peak :> int) then fail "the breaker's peak fell";
    if earlier.breaker_tripped && not later.breaker_tripped then fail "the breaker was reset by nobody";
    if earlier.halt <> None && later.halt <> earlier.halt then fail "a halt ended without a resume")

let breaker_and_halt_stand actions =
  ignore (History.play ~after:nothing_is_forgotten actions : History.played);
  true

(* {2 Order of fills} *)

(* A fill ahead of its turn, and one that was booked with other content, change nothing and are told apart. *)
let fills_in_turn ~(before : History.played) (after : History.played) =
  match after.events with
  | (Step.Filled fill, Step.Fill_taken { duplicate = false }) :: _ when after.state != before.state -> (
      (match Step.step before.state (Step.Filled { fill with fill_id = fill.fill_id + 1 }) with
       | state, Step.Fill_out_of_order { next } ->
         if state != before.state then fail "a fill ahead of its turn left a trace";
         if next <> fill.fill_id then fail "the fill wanted is said to be %d, not %d" next fill.fill_id
       | _ -> fail "a fill ahead of its turn was taken");
      match Step.step after.state (Step.Filled { fill with event_ns = fill.event_ns + 1 }) with
      | state, Step.Fill_changed -> if state != after.state then fail "a changed fill left a trace"
      | _ -> fail "a fill that was booked with other content was taken")
  | _ -> ()

let fills_are_taken_in_turn actions =
  ignore (History.play ~after:fills_in_turn actions : History.played);
  true

(* {2 The histories themselves} *)

(* The properties above say nothing of rules that no history meets. *)
let refusals_met () =
  let met = Hashtbl.create 32 in
  let note ~before:_ (after : History.played) =
    match after.events with
    | (Step.Asked _, reply) :: _ ->
      Hashtbl.replace met (List.hd (String.split_on_char ' ' (Risk_json.Event_json.outcome reply))) ();
      (match reply with
       | Step.Decided { decision = Verdict.Refuse refusal; _ } -> Hashtbl.replace met (Refusal.name refusal) ()
       | _ -> ())
    | _ -> ()
  in
  let rand = Random.State.make [| 7 |] in
  for _ = 1 to 400 do
    ignore (History.play ~after:note (QCheck.Gen.generate1 ~rand (QCheck.get_gen History.arbitrary)) : History.played)
  done;
  List.iter
    (fun name -> Alcotest.(check bool) (name ^ " is met") true (Hashtbl.mem met name))
    [ "approve"; "reduce"; "trading_halted"; "drawdown_breaker"; "daily_loss"; "consecutive_losses"; "notional_filter";
      "short_disabled"; "insufficient_cash"; "position_instrument"; "position_bot"; "position_portfolio";
      "concentration"; "leverage"; "open_orders"; "orders_per_second"; "orders_per_minute"; "orders_per_hour";
      "orders_per_day"; "notional_per_day" ]

let count = 300
let () =
  Alcotest.run "properties"
    [ ( "histories",
        [ Scenario.property "no history makes it grant beyond a limit" ~count History.arbitrary never_beyond_a_limit;
          Scenario.property "cash, equity and exposure are the model's" ~count History.arbitrary figures_agree;
          Scenario.property "every prefix of the log rebuilds the same state" ~count:100 History.arbitrary
            every_prefix_rebuilds;
          Scenario.property "nothing counts twice" ~count History.arbitrary nothing_counts_twice;
          Scenario.property "no order is granted in a market that is not known" ~count History.arbitrary
            unknown_means_no_order;
          Scenario.property "peaks, breaker and halt stand until a resume" ~count History.arbitrary
            breaker_and_halt_stand;
          Scenario.property "fills are taken in their turn and never changed" ~count History.arbitrary
            fills_are_taken_in_turn;
          Alcotest.test_case "histories meet every limit" `Quick refusals_met ] ) ]
