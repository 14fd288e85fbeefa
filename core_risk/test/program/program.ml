(* core_risk from outside: as the trader, an operator and supervisord meet it. *)

open Peers
open Stage

let status = Alcotest.(check int)
let word = Alcotest.(check string)
let must_end what expected program =
  match wait program ~seconds:5. with
  | Unix.WEXITED code -> status what expected code
  | Unix.WSIGNALED number | Unix.WSTOPPED number -> Alcotest.failf "%s: ended by signal %d" what number

(* Started, with a market of one live book and the opening deposit. *)
let with_trading ?change work =
  with_stage (fun stage ->
      let market = begin_market stage in
      let program = start ?change stage in
      let reader = greet market in
      Made_market.send reader (Made_market.book ~seq:1);
      let client = client stage in
      status "deposit" 200 (Client.ask client deposit).status;
      work stage program market reader client)

let verdict answer = (Client.text answer "verdict", Yojson.Safe.to_string (Client.field answer "refusal"))
let verdicts = Alcotest.(pair string string)
let approved = ("approve", "null")
let refused name = ("refuse", Printf.sprintf "%S" name)

(* {2 Who is answered} *)

let without_the_token_nothing_happens () =
  with_trading (fun _ _ _ _ client ->
      let strange token = Client.ask client { (check ~id:"a-1" ~as_of_seq:1 ()) with token } in
      List.iter
        (fun token ->
           let answer = strange token in
           status "status" 401 answer.status;
           word "error" "unauthorised" (Client.text answer "error"))
        [ None; Some ""; Some (token ^ "x"); Some (String.uppercase_ascii token) ];
      let state = Client.ask client (get "/v1/state") in
      status "the deposit alone and what came before" 2 (Client.int state "log_seq");
      status "health needs none" 200 (Client.ask client { (get "/healthz") with token = None }).status)

let another_build_is_a_mismatch_before_its_fields_are_read () =
  with_trading (fun _ _ _ _ client ->
      let answer = Client.ask client (post ~build:"0.0.0+other" "/v1/orders/check" [ ("new_field", `Int 1) ]) in
      status "status" 426 answer.status;
      word "error" "version_mismatch" (Client.text answer "error"))

let what_is_asked_wrongly_is_named () =
  with_trading (fun _ _ _ _ client ->
      let expect (code, name, part) request =
        let answer = Client.ask client request in
        status part code answer.status;
        word part name (Client.text answer "error");
        let detail = Client.text answer "detail" in
        if not (List.mem part (String.split_on_char '"' detail)) then Alcotest.failf "%S is not in %S" part detail
      in
      let order = check ~id:"a-1" ~as_of_seq:1 () in
      expect (400, "malformed", "surprise")
        (post "/v1/orders/done"
           [ ("client_id", `String "a"); ("reason", `String "r"); ("event_ns", `Int event_ns); ("surprise", `Int 1) ]);
      expect (400, "malformed", "reason") (post "/v1/orders/done" [ ("client_id", `String "a"); ("event_ns", `Int 1) ]);
      expect (400, "malformed", "amount_e8")
        (post "/v1/deposits" [ ("deposit_id", `String "d"); ("amount_e8", `Float 1.5); ("event_ns", `Int 1) ]);
      status "no JSON" 400 (Client.ask client { order with body = "{" }).status;
      status "path" 404 (Client.ask client (get "/v1/nothing")).status;
      status "method" 405 (Client.ask client (get "/v1/fills")).status;
      status "method" 405 (Client.ask client { order with path = "/v1/state" }).status)

(* {2 What a peer may send} *)

let a_body_beyond_its_bound_is_refused () =
  with_trading (fun stage _ _ _ client ->
      let large = { (check ~id:"a-1" ~as_of_seq:1 ()) with body = String.make 65_537 ' ' } in
      let answer = Client.ask client large in
      status "status" 413 answer.status;
      word "error" "too_large" (Client.text answer "error");
      let again = Stage.client stage in
      status "others are answered" 200 (Client.ask again (get "/version")).status)

(* However what came is answered, nothing but refusals is, and the connection ends. *)
let rec must_be_closed client ~seconds =
  match Client.read client ~seconds with
  | answer ->
    if answer.status < 400 then Alcotest.failf "answered %d" answer.status;
    must_be_closed client ~seconds
  | exception (Client.Closed _ | Unix.Unix_error _) -> ()

let a_head_beyond_its_bound_ends_the_connection () =
  with_trading (fun stage _ _ _ client ->
      (try Client.write_raw client ("GET /version HTTP/1.1\r\nX-Long: " ^ String.make 200_000 'x')
       with Unix.Unix_error ((Unix.EPIPE | Unix.ECONNRESET), _, _) -> ());
      must_be_closed client ~seconds:5.;
      status "others are answered" 200 (Client.ask (Stage.client stage) (get "/version")).status)

let a_request_that_stops_in_its_middle_ends () =
  with_trading (fun stage _ _ _ client ->
      Client.write_raw client "POST /v1/fills HTTP/1.1\r\nHost: lo";
      status "others are answered meanwhile" 200 (Client.ask (Stage.client stage) (get "/version")).status;
      must_be_closed client ~seconds:8.)

(* {2 What it knows of the market} *)

let a_check_waits_for_its_frame () =
  with_trading (fun _ _ _ reader client ->
      Client.write client (check ~id:"a-1" ~as_of_seq:3 ());
      Unix.sleepf 0.05;
      Made_market.send reader (Made_market.heartbeat ~seq:2 ^ Made_market.book ~seq:3);
      Alcotest.check verdicts "approved" approved (verdict (Client.read client ~seconds:5.)))

let a_frame_that_does_not_come_is_unseen () =
  with_trading (fun _ _ _ _ client ->
      let ask request = verdict (Client.ask client request) in
      Alcotest.check verdicts "a frame that was seen" approved (ask (check ~id:"a-0" ~as_of_seq:1 ()));
      Alcotest.check verdicts "a later frame" (refused "market_unseen") (ask (check ~id:"a-1" ~as_of_seq:2 ()));
      Alcotest.check verdicts "another session" (refused "market_unseen")
        (ask (check ~session:"another" ~id:"a-2" ~as_of_seq:1 ()));
      Alcotest.check verdicts "this one" approved (ask (check ~id:"a-3" ~as_of_seq:1 ())))

let an_order_that_never_met_a_market_is_unseen () =
  with_stage (fun stage ->
      ignore (start stage : program);
      let client = client stage in
      ignore (Client.ask client deposit : Client.answer);
      Alcotest.check verdicts "refused" (refused "market_unseen")
        (verdict (Client.ask client (check ~id:"a-1" ~as_of_seq:1 ()))))

let others_are_answered_while_a_check_waits () =
  with_trading ~change:(List.map (function "market_wait_ms", _ -> ("market_wait_ms", `Int 5_000) | field -> field))
    (fun stage _ _ reader client ->
       Client.write client (check ~id:"a-1" ~as_of_seq:2 ());
       let other = Stage.client stage in
       List.iter
         (fun path -> status path 200 (Client.ask other (get path)).status)
         [ "/healthz"; "/metrics"; "/v1/state"; "/readyz" ];
       Made_market.send reader (Made_market.book ~seq:2);
       Alcotest.check verdicts "approved" approved (verdict (Client.read client ~seconds:5.)))

let a_verdict_knows_nothing_of_later_frames () =
  with_trading (fun _ _ _ reader client ->
      Made_market.send reader (Made_market.resyncing ~seq:2 ^ Made_market.heartbeat ~seq:3);
      let ask id as_of_seq = verdict (Client.ask client (check ~id ~as_of_seq ())) in
      Alcotest.check verdicts "before" approved (ask "a-1" 1);
      Alcotest.check verdicts "at it" (refused "market_not_live") (ask "a-2" 2);
      Alcotest.check verdicts "what was passed is unseen" (refused "market_unseen") (ask "a-3" 1))

let a_hole_in_the_frames_makes_the_market_unknown () =
  with_trading (fun _ _ market reader client ->
      Made_market.send reader (Made_market.book ~seq:4);
      let again = greet market ~next_seq:9 in
      Alcotest.check verdicts "nothing is known" (refused "market_unseen")
        (verdict (Client.ask client (check ~id:"a-1" ~as_of_seq:8 ())));
      Made_market.send again (Made_market.book ~seq:9);
      Alcotest.check verdicts "again" approved (verdict (Client.ask client (check ~id:"a-2" ~as_of_seq:9 ()))))

let reasons client =
  let answer = Client.ask client (get "/readyz") in
  match (answer.status, answer.body) with
  | 200, _ -> []
  | _, _ -> (
      match Client.field answer "reasons" with
      | `List reasons -> List.map Yojson.Safe.Util.to_string reasons
      | _ -> Alcotest.fail answer.body)

let rec ready_for client expected ~tries =
  let found = reasons client in
  if found <> expected && tries > 0 then (
    Unix.sleepf 0.02;
    ready_for client expected ~tries:(tries - 1))
  else Alcotest.(check (list string)) "reasons" expected found

let readiness_names_what_is_wrong () =
  with_stage (fun stage ->
      ignore (start stage : program);
      let client = client stage in
      ready_for client [ "no_market"; "no_deposit" ] ~tries:0;
      ignore (Client.ask client deposit : Client.answer);
      ready_for client [ "no_market" ] ~tries:0;
      let market = begin_market stage in
      let other = greet market ~build:"0.0.0+other" in
      ready_for client [ "version_mismatch" ] ~tries:100;
      Unix.close other;
      let reader = greet market in
      Made_market.send reader (Made_market.book ~seq:1);
      ready_for client [] ~tries:100;
      Made_market.send reader (Made_market.resyncing ~seq:2);
      ready_for client [ "no_market" ] ~tries:100;
      let halt = post "/v1/halt" [ ("reason", `String "by hand"); ("event_ns", `Int event_ns) ] in
      status "halt" 200 (Client.ask client halt).status;
      ready_for client [ "halted"; "no_market" ] ~tries:0)

(* {2 Its end and its next beginning} *)

let state client = (Client.ask client (get "/v1/state")).body

(* What the market reader knows is no part of the account. *)
let account client =
  match Yojson.Safe.from_string (state client) with
  | `Assoc fields -> List.filter (fun (name, _) -> name <> "market" && name <> "market_session") fields
  | _ -> Alcotest.fail "the state is no object"

let show account = Yojson.Safe.to_string (`Assoc account)

let nothing_acknowledged_is_lost_by_a_kill () =
  with_trading (fun stage program _ _ client ->
      let first = Client.ask client (check ~id:"a-1" ~as_of_seq:1 ()) in
      Alcotest.check verdicts "approved" approved (verdict first);
      ignore (Client.ask client (check ~id:"a-2" ~as_of_seq:1 ()) : Client.answer);
      let filled = Client.ask client (fill ~number:1 ~id:"a-1") in
      status filled.body 200 filled.status;
      let halt = post "/v1/halt" [ ("reason", `String "by hand"); ("event_ns", `Int event_ns) ] in
      status "halt" 200 (Client.ask client halt).status;
      let before = account client in
      signal program Sys.sigkill;
      ignore (wait program ~seconds:5. : Unix.process_status);
      ignore (start stage : program);
      let client = Stage.client stage in
      word "the same account" (show before) (show (account client));
      word "the same answer" first.body (Client.ask client (check ~id:"a-1" ~as_of_seq:1 ())).body;
      let again = Client.ask client (fill ~number:1 ~id:"a-1") in
      word "a fill is booked once" "true" (Yojson.Safe.to_string (Client.field again "duplicate"));
      word "a halt stays a halt" "halted" (Client.text (Client.ask client (get "/v1/state")) "trading"))

let bots e8 = post "/v1/bots" [ ("bots", `Assoc [ ("third", `Assoc [ ("capital_e8", `Int e8) ]) ]) ]

let bots_that_were_named_hold_over_a_kill () =
  with_trading (fun stage program _ _ client ->
      let version () = Client.text (Client.ask client (get "/version")) "limits_version" in
      let configured = version () in
      let named = Client.ask client (bots 500) in
      status named.body 200 named.status;
      let told = Client.text named "limits_version" in
      Alcotest.(check bool) "other limits" false (String.equal configured told);
      word "the same bots change nothing" named.body (Client.ask client (bots 500)).body;
      let wrong = Client.ask client (bots 0) in
      status wrong.body 400 wrong.status;
      word "why" "bots.third.capital_e8 must be positive" (Client.text wrong "detail");
      Alcotest.check verdicts "a bot that was not named" (refused "unknown_bot")
        (verdict (Client.ask client (check ~id:"a-1" ~as_of_seq:1 ())));
      let before = account client in
      signal program Sys.sigkill;
      ignore (wait program ~seconds:5. : Unix.process_status);
      ignore (start stage : program);
      let client = Stage.client stage in
      word "the same account" (show before) (show (account client));
      word "the same limits" told (Client.text (Client.ask client (get "/version")) "limits_version"))

let a_signal_ends_it_after_the_request_in_hand () =
  with_trading (fun stage program _ reader client ->
      Client.write client (check ~id:"a-1" ~as_of_seq:2 ());
      Unix.sleepf 0.05;
      signal program Sys.sigterm;
      Unix.sleepf 0.02;
      Made_market.send reader (Made_market.heartbeat ~seq:2);
      Alcotest.check verdicts "answered" approved (verdict (Client.read client ~seconds:5.));
      must_end "exit status" 0 program;
      Alcotest.(check bool) "the socket is gone" false (Sys.file_exists (file stage "risk.sock")))

let a_second_one_is_refused () =
  with_trading (fun stage _ _ _ client ->
      status "exit status" 4 (run_to_exit stage);
      status "the first goes on" 200 (Client.ask client (get "/version")).status)

let a_socket_that_nobody_answers_is_replaced () =
  with_stage (fun stage ->
      Unix.close (Made_market.listen (file stage "risk.sock"));
      ignore (start stage : program);
      status "it answers" 200 (Client.ask (Stage.client stage) (get "/version")).status;
      Alcotest.(check int) "for its owner alone" 0o600 ((Unix.stat (file stage "risk.sock")).st_perm land 0o777))

(* {2 Its log} *)

let a_log_that_cannot_be_written_ends_it () =
  with_stage (fun stage ->
      let market = begin_market stage in
      let program = start ~file_blocks_max:4 stage in
      let reader = greet market in
      Made_market.send reader (Made_market.book ~seq:1);
      let client = client stage in
      ignore (Client.ask client deposit : Client.answer);
      let rec until_it_fails number =
        if number > 50 then Alcotest.fail "the log grew beyond its bound"
        else
          let answer = Client.ask client (check ~id:(Printf.sprintf "a-%d" number) ~as_of_seq:1 ()) in
          if answer.status = 200 then until_it_fails (number + 1) else answer
      in
      let answer = until_it_fails 1 in
      status "status" 503 answer.status;
      word "error" "log_failed" (Client.text answer "error");
      must_end "exit status" 5 program;
      let acknowledged = start stage in
      let client = Stage.client stage in
      status "the next one reads it" 200 (Client.ask client (get "/version")).status;
      signal acknowledged Sys.sigterm;
      must_end "exit status" 0 acknowledged)

let damaged path =
  let text =
    let channel = open_in_bin path in
    Fun.protect ~finally:(fun () -> close_in channel) (fun () -> really_input_string channel (in_channel_length channel))
  in
  let channel = open_out_bin path in
  Fun.protect
    ~finally:(fun () -> close_out channel)
    (fun () -> output_string channel (String.mapi (fun at char -> if at = 100 then '!' else char) text))

let a_damaged_log_is_refused_and_named () =
  with_trading (fun stage program _ _ client ->
      ignore (Client.ask client (check ~id:"a-1" ~as_of_seq:1 ()) : Client.answer);
      signal program Sys.sigkill;
      ignore (wait program ~seconds:5. : Unix.process_status);
      damaged (file stage "core_risk.log");
      status "exit status" 3 (run_to_exit stage);
      let words = String.split_on_char ' ' (said stage) in
      Alcotest.(check bool) "it says so" true (List.mem "damaged:" words))

let a_log_can_be_verified () =
  with_trading (fun stage program _ _ client ->
      ignore (Client.ask client (check ~id:"a-1" ~as_of_seq:1 ()) : Client.answer);
      let verify () = run_to_exit ~arguments:[ "--config"; file stage "core_risk.json"; "--verify" ] stage in
      status "while it runs" 0 (verify ());
      signal program Sys.sigterm;
      must_end "exit status" 0 program;
      status "afterwards" 0 (verify ());
      damaged (file stage "core_risk.log");
      status "damaged" 3 (verify ()))

(* {2 How it is started} *)

let replaced name value fields = List.map (fun (key, old) -> (key, if key = name then value else old)) fields

let a_wrong_start_is_refused () =
  with_stage (fun stage ->
      status "no token" 2 (run_to_exit ~token:None stage);
      status "a short token" 2 (run_to_exit ~token:(Some "short") stage);
      status "no such file" 2 (run_to_exit ~arguments:[ "--config"; file stage "nothing.json" ] stage);
      status "an unknown flag" 2 (run_to_exit ~arguments:[ "--surprise" ] stage);
      status "an unknown key" 2 (run_to_exit ~change:(fun fields -> ("surprise", `Int 1) :: fields) stage);
      status "not loopback" 2 (run_to_exit ~change:(replaced "listen_tcp" (`String "0.0.0.0:9102")) stage);
      status "a missing key" 2 (run_to_exit ~change:(List.filter (fun (key, _) -> key <> "fees")) stage);
      Alcotest.(check bool) "no log was made" false (Sys.file_exists (file stage "core_risk.log")))

let help_has_an_example () =
  with_stage (fun stage -> status "exit status" 0 (run_to_exit ~arguments:[ "--help=plain" ] stage))

(* The same frame can no longer be had; the answer to what was answered needs none. *)
let a_repeated_check_waits_for_no_market () =
  with_trading
    ~change:(replaced "market_wait_ms" (`Int 10_000))
    (fun _ _ _ reader client ->
       let first = verdict (Client.ask client (check ~id:"a-1" ~as_of_seq:1 ())) in
       Unix.close reader;
       Client.write client (check ~id:"a-1" ~session:"over" ~as_of_seq:9 ());
       Alcotest.check verdicts "the same" first (verdict (Client.read client ~seconds:5.)))

let () =
  Sys.set_signal Sys.sigpipe Sys.Signal_ignore;
  let cases = List.map (fun (name, test) -> Alcotest.test_case name `Quick test) in
  Alcotest.run ~argv:[| "program" |] "core_risk"
    [ ( "who is answered",
        cases
          [ ("without_the_token_nothing_happens", without_the_token_nothing_happens);
            ( "another_build_is_a_mismatch_before_its_fields_are_read",
              another_build_is_a_mismatch_before_its_fields_are_read );
            ("what_is_asked_wrongly_is_named", what_is_asked_wrongly_is_named) ] );
      ( "what a peer may send",
        cases
          [ ("a_body_beyond_its_bound_is_refused", a_body_beyond_its_bound_is_refused);
            ("a_head_beyond_its_bound_ends_the_connection", a_head_beyond_its_bound_ends_the_connection);
            ("a_request_that_stops_in_its_middle_ends", a_request_that_stops_in_its_middle_ends) ] );
      ( "what it knows of the market",
        cases
          [ ("a_check_waits_for_its_frame", a_check_waits_for_its_frame);
            ("a_frame_that_does_not_come_is_unseen", a_frame_that_does_not_come_is_unseen);
            ("an_order_that_never_met_a_market_is_unseen", an_order_that_never_met_a_market_is_unseen);
            ("a_repeated_check_waits_for_no_market", a_repeated_check_waits_for_no_market);
            ("others_are_answered_while_a_check_waits", others_are_answered_while_a_check_waits);
            ("a_verdict_knows_nothing_of_later_frames", a_verdict_knows_nothing_of_later_frames);
            ("a_hole_in_the_frames_makes_the_market_unknown", a_hole_in_the_frames_makes_the_market_unknown);
            ("readiness_names_what_is_wrong", readiness_names_what_is_wrong) ] );
      ( "its end and its next beginning",
        cases
          [ ("nothing_acknowledged_is_lost_by_a_kill", nothing_acknowledged_is_lost_by_a_kill);
            ("bots_that_were_named_hold_over_a_kill", bots_that_were_named_hold_over_a_kill);
            ("a_signal_ends_it_after_the_request_in_hand", a_signal_ends_it_after_the_request_in_hand);
            ("a_second_one_is_refused", a_second_one_is_refused);
            ("a_socket_that_nobody_answers_is_replaced", a_socket_that_nobody_answers_is_replaced) ] );
      ( "its log",
        cases
          [ ("a_log_that_cannot_be_written_ends_it", a_log_that_cannot_be_written_ends_it);
            ("a_damaged_log_is_refused_and_named", a_damaged_log_is_refused_and_named);
            ("a_log_can_be_verified", a_log_can_be_verified) ] );
      ( "how it is started",
        cases
          [ ("a_wrong_start_is_refused", a_wrong_start_is_refused); ("help_has_an_example", help_has_an_example) ] ) ]
