(* Fills, ends, deposits, marks, halts. *)

open Risk
open Scenario

let fresh () = account limits
let test name check = Alcotest.test_case name `Quick check
let outcome state event = Risk_json.Event_json.outcome (snd (Step.step state event))
let same state event = fst (Step.step state event) == state

let check_outcome name state event expected =
  test name (fun () -> Alcotest.(check string) name expected (outcome (state ()) event))

let check_untouched name state event =
  test name (fun () -> Alcotest.(check bool) "the very same state" true (same (state ()) event))

let buy = order 10
let granted () = grant (fresh ()) buy
let first_fill = fill_of (granted ()) buy
let filled () = step (granted ()) (Step.Filled first_fill)
let wrong_fills =
  [ { first_fill with fee = money 1 }; { first_fill with notional = money 1 }; { first_fill with qty = qty 11 };
    { first_fill with bot = "two" }; { first_fill with side = Side.Sell }; { first_fill with client_id = "x" } ]

let disagreeing index fill =
  test (Printf.sprintf "a fill that disagrees is booked as sent and halts (%d)" index) (fun () ->
      let state = granted () in
      Alcotest.(check string) "outcome" "fill_disagrees" (outcome state (Step.Filled fill));
      let after = step state (Step.Filled fill) in
      Alcotest.(check bool) "halts" true (State.halted_by after = Some Refusal.Reconcile_mismatch);
      Alcotest.(check int) "booked" 1 after.fills;
      let moved = (fill.notional :> int) in
      let moved = match fill.side with Side.Buy -> -moved | Side.Sell -> moved in
      Alcotest.(check int) "as sent" ((state.cash :> int) + moved - (fill.fee :> int)) (after.cash :> int))

(* Three tenths of 10⁻⁸ a lot and tick: what a fill is worth is told by what core_risk holds against it. *)
let odd_units () =
  let odd =
    Result.get_ok
      (Instrument.make ~symbol:"ODD" ~tick_e8:3 ~lot_e8:10_000_000 ~qty_min:1 ~qty_max:0 ~notional_min_e8:0)
  in
  let state = step (fresh ()) (Step.Listed [ btc; eth; odd ]) in
  let worth side =
    let fill =
      { first_fill with symbol = "ODD"; side; price = price 1; qty = qty 1; notional = money 7; fee = money 7 }
    in
    match snd (Step.step state (Step.Filled fill)) with
    | Step.Fill_disagrees { notional; fee; covered = _ } -> List.map (Option.map (fun (m : Money.t) -> (m :> int))) [ notional; fee ]
    | _ -> Alcotest.fail "a fill that disagrees"
  in
  Alcotest.(check (list (option int))) "bought: all of it, and a fee" [ Some 1; Some 1 ] (worth Side.Buy);
  Alcotest.(check (list (option int))) "sold: nothing" [ Some 0; Some 0 ] (worth Side.Sell)

let limit_order = order 10 ~kind:(Order.Limit (price 1_000_000))
let beyond_limit () =
  let state = grant (fresh ()) limit_order in
  Alcotest.(check string) "outcome" "fill_disagrees"
    (outcome state (Step.Filled (fill_of ~price:1_000_001 state limit_order)))

let ended ?(id = buy.client_id) () = Step.Ended { client_id = id; reason = "filled"; event_ns = t0 }
let deposit ?(id = "more") amount = Step.Deposited { deposit_id = id; amount = money amount; event_ns = t0 }
let marked ?(books = books) state =
  Step.Marked { market_session = "s-1"; as_of_seq = 100; event_ns = t0; books = books state; market }

let differences wrong () =
  let state = filled () in
  match snd (Step.step state (marked ~books:(fun state -> wrong (books state)) state)) with
  | Step.Compared { differences; marked = _ } -> List.map (fun (one : Reconcile.difference) -> one.what) differences
  | _ -> Alcotest.fail "a mark is compared"

let difference name wrong expected =
  test name (fun () -> Alcotest.(check (list string)) name expected (differences wrong ()))

let partial_releases () =
  let state = fill ~qty:4 (granted ()) buy in
  let reservation = State.Symbols.find buy.client_id state.open_orders in
  Alcotest.(check int) "remaining" 6 (reservation.remaining :> int);
  Alcotest.(check int) "open" 0 (State.Symbols.cardinal (fill ~qty:6 state buy).open_orders)

let peak_is_kept () =
  let up = Quote.Seen [ quote "BTCUSDT" ~bid:1_100_000 ~ask:1_100_001 ] in
  let high = mark ~market:up (filled ()) in
  let low = mark high in
  let resumed =
    step (step low (Step.Halted { reason = "h"; event_ns = t0; command = 0 })) (Step.Resumed { reason = "r"; event_ns = t0; command = 0; market })
  in
  Alcotest.(check bool) "the peak is above the deposit" true (high.peak > (fresh ()).peak);
  Alcotest.(check int) "kept when equity falls" (high.peak :> int) (low.peak :> int);
  Alcotest.(check int) "kept by a resume" (high.peak :> int) (resumed.peak :> int);
  Alcotest.(check bool) "the breaker's begins anew" true (resumed.breaker_peak < resumed.peak)

let resume_without_need () =
  let state = mark (filled ()) in
  Alcotest.(check bool) "the very same state" true
    (same state (Step.Resumed { reason = "r"; event_ns = t0; command = 0; market = Quote.Seen [ quote "BTCUSDT" ~bid:1 ~ask:2 ] }))

let through_zero () =
  let state = account ~allow_short:true limits in
  let long = hold state (order 10) in
  let sell = order 30 ~side:Side.Sell in
  let short = hold long sell in
  let position = State.position short ~bot:"one" ~symbol:"BTCUSDT" in
  Alcotest.(check int) "lots" (-20) position.qty;
  Alcotest.(check int) "received" (20 * 9_999_990) (position.cost :> int);
  Alcotest.(check int) "realised" (-10 * 10) (position.realised :> int);
  Alcotest.(check int) "a losing trip ended" 1 short.losses

let answers_again () =
  let state, first = ask (fresh ()) buy in
  let again, second = ask ~market:Quote.Unseen state buy in
  Alcotest.(check string) "the same answer" first second;
  Alcotest.(check bool) "the very same state" true (again == state);
  let filled_and_ended = step (fill state buy) (ended ()) in
  Alcotest.(check string) "after its end too" first (snd (ask filled_and_ended buy));
  Alcotest.(check string) "with other content" "client_id_reused"
    (snd (ask state { buy with qty = qty 11 }))

let suite =
  [ test "an id is answered once, whatever the market does" answers_again;
    check_outcome "a fill is booked" granted (Step.Filled first_fill) "booked";
    check_outcome "the same fill again is a duplicate" filled (Step.Filled first_fill) "duplicate";
    check_untouched "a duplicate changes nothing" filled (Step.Filled first_fill);
    check_outcome "another fill of the same number" filled (Step.Filled { first_fill with qty = qty 9 }) "fill_changed";
    check_outcome "a fill too far ahead" filled (Step.Filled { first_fill with fill_id = 3 }) "fill_out_of_order";
    check_untouched "a fill too far ahead changes nothing" filled (Step.Filled { first_fill with fill_id = 3 });
    test "a fill beyond its order's limit disagrees" beyond_limit;
    test "fills release what they take" partial_releases;
    test "a fill through zero closes, then opens" through_zero;
    check_outcome "an end releases" granted (ended ()) "released";
    check_outcome "an end of an id never asked about" fresh (ended ~id:"never" ()) "never_asked";
    check_untouched "a second end changes nothing" (fun () -> step (granted ()) (ended ())) (ended ());
    check_outcome "a deposit" fresh (deposit 5) "booked";
    check_untouched "the same deposit again changes nothing" (fun () -> step (fresh ()) (deposit 5)) (deposit 5);
    check_outcome "the same deposit with another amount" (fun () -> step (fresh ()) (deposit 5)) (deposit 6)
      "deposit_changed";
    check_outcome "a deposit out of bounds" fresh (deposit Money.max_e8) "arithmetic";
    test "a deposit is no profit" (fun () ->
        let state = mark (filled ()) in
        let after = step state (deposit 1_000_000) in
        Alcotest.(check int) "peak" ((state.peak :> int) + 1_000_000) (after.peak :> int));
    difference "books that agree" Fun.id [];
    difference "cash" (fun books -> { books with cash_e8 = books.cash_e8 + 1 }) [ "cash_e8" ];
    difference "fills" (fun books -> { books with fills = 2 }) [ "fills" ];
    difference "a holding that is missing" (fun books -> { books with holdings = [] })
      [ "one/BTCUSDT.qty"; "one/BTCUSDT.cost_e8" ];
    difference "a holding too many"
      (fun books ->
         { books with
           holdings = { bot = "two"; symbol = "BTCUSDT"; qty = 0; cost_e8 = 0; realised_e8 = 7 } :: books.holdings })
      [ "two/BTCUSDT.realised_e8" ];
    test "a mark that moves nothing leaves no trace" (fun () ->
        let state = mark (filled ()) in
        Alcotest.(check bool) "the very same state" true (same state (marked state)));
    test "a fill's worth is rounded against us" odd_units;
    test "a peak is kept for ever" peak_is_kept;
    test "a resume of what trades moves nothing" resume_without_need;
    check_untouched "the same halt again changes nothing"
      (fun () -> step (fresh ()) (Step.Halted { reason = "h"; event_ns = t0; command = 0 }))
      (Step.Halted { reason = "h"; event_ns = t0; command = 0 });
    test "what is remembered is bounded" (fun () ->
        let ended state index = step state (ended ~id:(Printf.sprintf "i-%d" index) ()) in
        let state = List.fold_left ended (fresh ()) (List.init (State.past_orders_max + 10) Fun.id) in
        Alcotest.(check int) "past orders" State.past_orders_max (Remembered.size state.past_orders);
        Alcotest.(check (result unit string)) "invariant" (Ok ()) (State.invariant state)) ]
  @ List.mapi disagreeing wrong_fills
