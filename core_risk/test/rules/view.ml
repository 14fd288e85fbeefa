(* Frames taken in, quotes given out. *)

open Risk
module Frame = Frames.Frame
module View = Frames.Market_view

let hello ?(session = "s-1") ?(next_seq = 1) ?(catch_up = 0) () =
  { Frame.build = "test"; session; venue = "replay"; simulated = false; clock = "recorded"; next_seq; catch_up;
    instruments = [ Scenario.btc; Scenario.eth ] }

let book ?(instrument = 0) ?(state = Quote.Live) seq ask =
  { Frame.seq; recv_ns = seq;
    body = Frame.Book { instrument; state; bid = Price.of_int (ask - 1); ask = Price.of_int ask } }

let heartbeat seq = { Frame.seq; recv_ns = seq; body = Frame.Heartbeat }
let status ?instrument state seq = { Frame.seq; recv_ns = seq; body = Frame.Status { instrument; state } }
let skipped ~from seq = { Frame.seq; recv_ns = seq; body = Frame.Skipped { from } }

let take view frame =
  match View.accept view frame with Ok view -> view | Error broken -> Alcotest.fail (View.broken_name broken)

let taken ?hello:(first = hello ()) frames = List.fold_left take (View.hello View.empty first) frames

let broken ?(hello = hello ()) frames frame =
  match View.accept (taken ~hello frames) frame with
  | Ok _ -> Alcotest.fail "it was taken"
  | Error broken -> broken

let both view = View.quotes view [ "BTCUSDT"; "ETHUSDT" ]
let ticks = function None -> 0 | Some (price : Price.t) -> (price :> int)
let asks view = List.map (fun (quote : Quote.t) -> ticks quote.ask) (both view)
let at seq view = View.advance view ~as_of_seq:seq
let test name check = Alcotest.test_case name `Quick check
let seen view seq = View.has_seen view ~market_session:"s-1" ~as_of_seq:seq

let as_of_is_exact () =
  let view = taken [ book 1 100; book 2 200 ~instrument:1; book 3 101; heartbeat 4 ] in
  Alcotest.(check (list int)) "before any request" [] (asks view);
  Alcotest.(check (list int)) "as of 2" [ 100; 200 ] (asks (at 2 view));
  Alcotest.(check (list int)) "as of 4" [ 101; 200 ] (asks (at 4 view));
  Alcotest.(check bool) "4 was seen" true (seen (at 4 view) 4);
  Alcotest.(check bool) "5 was not" false (seen (at 5 view) 5);
  Alcotest.(check bool) "2 is past, once 3 is applied" false (seen (at 4 view) 2)

(* The quotes of a request do not depend on how far ahead the socket was read. *)
let reading_ahead_changes_nothing () =
  let frames = List.init 50 (fun i -> book (i + 1) (100 + i) ~instrument:(i mod 2)) in
  let ahead = at 20 (taken frames) in
  let just = at 20 (taken (List.filteri (fun i _ -> i < 20) frames)) in
  Alcotest.(check (list int)) "as of 20" (asks just) (asks ahead)

let catch_up_is_put_in_order () =
  let past =
    [ status ~instrument:0 Quote.Live 40; book 90 100; status ~instrument:1 Quote.Live 41; book 50 200 ~instrument:1 ]
  in
  let view = taken ~hello:(hello ~next_seq:100 ~catch_up:4 ()) past in
  Alcotest.(check (list int)) "as of 60" [ 0; 200 ] (asks (at 60 view));
  Alcotest.(check (list int)) "as of 99" [ 100; 200 ] (asks (at 99 view));
  Alcotest.(check bool) "99 was seen" true (seen (at 99 view) 99);
  Alcotest.(check bool) "an unfinished catch-up is nothing" false
    (seen (taken ~hello:(hello ~next_seq:100 ~catch_up:4 ()) [ List.hd past ]) 99)

let hole () =
  match broken [ book 1 100 ] (book 3 101) with
  | View.Hole { expected = 2; seq = 3 } -> ()
  | other -> Alcotest.fail (View.broken_name other)

let going_back () =
  match broken [ book 1 100; book 2 100 ] (book 2 100) with
  | View.Hole { expected = 3; seq = 2 } -> ()
  | other -> Alcotest.fail (View.broken_name other)

(* Of 2 … 5 Book frames were left out and 4 was kept: nothing is believed until a new Book. *)
let skipped_is_unknown () =
  let view = taken [ book 1 100; book 2 200 ~instrument:1; skipped ~from:3 6; book 5 101; heartbeat 7 ] in
  Alcotest.(check (list int)) "as of 2" [ 100; 200 ] (asks (at 2 view));
  Alcotest.(check (list int)) "as of 3" [] (asks (at 3 view));
  Alcotest.(check (list int)) "as of 7" [ 101 ] (asks (at 7 view))

let skipped_explains_no_more () =
  match broken [ book 1 100; skipped ~from:2 4 ] (book 6 101) with
  | View.Hole { expected = 2; seq = 6 } -> ()
  | other -> Alcotest.fail (View.broken_name other)

let states view = List.map (fun (quote : Quote.t) -> Quote.feed_state_name quote.state) (both view)

let status_keeps_prices () =
  let view = taken [ book 1 100; status ~instrument:0 Quote.Stale 2; status Quote.Geo_blocked 3 ] in
  Alcotest.(check (list string)) "one" [ "stale" ] (states (at 2 view));
  Alcotest.(check (list string)) "all" [ "geo_blocked"; "geo_blocked" ] (states (at 3 view));
  Alcotest.(check (list int)) "prices stay" [ 100; 0 ] (asks (at 3 view))

let same_session_goes_on () =
  let view = at 1 (taken [ book 1 100; book 2 101 ]) in
  let again = View.hello view (hello ~next_seq:3 ~catch_up:1 ()) in
  let again = take again (book 2 101) in
  Alcotest.(check (list int)) "what waited still waits" [ 100 ] (asks again);
  Alcotest.(check (list int)) "and is applied" [ 101 ] (asks (at 2 again));
  Alcotest.(check (list int)) "after a loss nothing is known" [] (asks (View.hello view (hello ~next_seq:4 ())));
  Alcotest.(check (list int)) "of another session nothing is known" []
    (asks (View.hello view (hello ~session:"s-2" ~next_seq:3 ())))

let full_queue () =
  let view = taken (List.init View.queue_max (fun i -> book (i + 1) (100 + i))) in
  Alcotest.(check bool) "full" true (View.is_full view);
  let roomy = View.make_room view in
  Alcotest.(check int) "a quarter less" (View.queue_max * 3 / 4) (View.queued roomy);
  Alcotest.(check bool) "what was applied unasked cannot be asked about" false (seen roomy 1);
  Alcotest.(check bool) "what still waits can" true (seen (at View.queue_max roomy) View.queue_max)

let suite =
  [ test "quotes are those as of the seq that is named" as_of_is_exact;
    test "reading ahead changes nothing" reading_ahead_changes_nothing;
    test "the repeated past is put in order" catch_up_is_put_in_order;
    test "a hole is a broken connection" hole;
    test "a seq that goes back is a broken connection" going_back;
    test "what was skipped is unknown until the next book" skipped_is_unknown;
    test "a skip explains its own range only" skipped_explains_no_more;
    test "a status keeps the prices" status_keeps_prices;
    test "a second connection to the same session goes on" same_session_goes_on;
    test "a full queue makes room" full_queue;
    test "nothing comes before hello" (fun () ->
        Alcotest.(check bool) "broken" true (View.accept View.empty (heartbeat 1) = Error View.Hello_expected));
    test "an instrument that hello does not list" (fun () ->
        match broken [] (book 1 100 ~instrument:2) with
        | View.Instrument_unlisted 2 -> ()
        | other -> Alcotest.fail (View.broken_name other)) ]
