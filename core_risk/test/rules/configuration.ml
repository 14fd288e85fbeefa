(* The configuration, strictly. *)

module Config = Risk_json.Config_json

let limits =
  [ ("market_age_max_ms", 2000); ("order_notional_max_e8", 200); ("position_instrument_max_e8", 300);
    ("position_bot_max_e8", 500); ("position_portfolio_max_e8", 600); ("concentration_max_ppm", 500000);
    ("leverage_max_ppm", 1000000); ("price_collar_ppm", 5000); ("orders_per_second_max", 5);
    ("orders_per_minute_max", 60); ("orders_per_hour_max", 1000); ("orders_per_day_max", 5000);
    ("notional_per_day_max_e8", 9000); ("open_orders_max", 32);
    ("drawdown_max_ppm", 100000); ("daily_loss_max_e8", 50); ("consecutive_losses_max", 20);
    ("approval_valid_ms", 2000) ]

let usual =
  [ ("listen_unix", `String "risk.sock"); ("listen_tcp", `String "127.0.0.1:9102");
    ("market_socket", `String "market.sock"); ("log", `String "core_risk.log"); ("market_wait_ms", `Int 250);
    ("allow_short", `Bool false); ("fees", `Assoc [ ("maker_ppm", `Int 1000); ("taker_ppm", `Int 1000) ]);
    ("bots", `Assoc [ ("imbalance", `Assoc [ ("capital_e8", `Int 500) ]) ]);
    ("limits", `Assoc (List.map (fun (key, value) -> (key, `Int value)) limits)); ("log_level", `String "info") ]

let replaced key value fields = List.map (fun (name, old) -> (name, if String.equal name key then value else old)) fields
let with_ key value = replaced key value usual

let with_limit key value =
  let limit (name, old) = (name, `Int (if String.equal name key then value else old)) in
  with_ "limits" (`Assoc (List.map limit limits))

let read fields =
  match Config.read (Yojson.Safe.to_string (`Assoc fields)) with Ok _ -> "read" | Error reason -> reason

let without_day_caps fields =
  let left = List.filter (fun (key, _) -> not (List.mem key [ "orders_per_day_max"; "notional_per_day_max_e8" ])) limits in
  replaced "limits" (`Assoc (List.map (fun (key, value) -> (key, `Int value)) left)) fields

let read_as_record fields =
  let rules = List.filter (fun (key, _) -> List.mem key [ "allow_short"; "fees"; "bots"; "limits" ]) fields in
  let record = `Assoc ((("event", `String "configured") :: rules) @ [ ("outcome", `String "noted") ]) in
  match Risk_json.Event_json.of_text (Yojson.Safe.to_string record) with
  | Ok (Risk.Step.Configured rules, "noted") ->
    if (rules.limits.orders_per_day_max, rules.limits.notional_per_day_max) = (max_int, Risk.Money.most) then
      "capped by nothing"
    else "capped"
  | Ok _ -> "another event"
  | Error why -> why

let row name fields expected =
  Alcotest.test_case name `Quick (fun () -> Alcotest.(check string) name expected (read fields))

let no_limit_may_be_zero =
  List.map
    (fun (key, _) -> row (key ^ " of zero") (with_limit key 0) (Printf.sprintf "limits.%s must be positive" key))
    limits

let version fields =
  match Config.read (Yojson.Safe.to_string (`Assoc fields)) with
  | Ok config -> config.rules.version
  | Error reason -> Alcotest.fail reason

let suite =
  [ row "the usual one" usual "read";
    row "no loopback door" (with_ "listen_tcp" `Null) "read";
    row "an unknown key" (("colour", `Int 1) :: usual) {|unknown field "colour"|};
    row "a missing key" (List.remove_assoc "log" usual) {|field "log" is missing|};
    row "a door to the world" (with_ "listen_tcp" (`String "0.0.0.0:9102"))
      {|field "listen_tcp" must be null or "127.0.0.1:PORT"|};
    row "a negative limit" (with_limit "open_orders_max" (-1)) "limits.open_orders_max must be positive";
    row "an order larger than a position" (with_limit "order_notional_max_e8" 301)
      "limits.order_notional_max_e8 contradicts limits.position_instrument_max_e8: it must not be larger";
    row "a bot larger than the portfolio" (with_limit "position_bot_max_e8" 601)
      "limits.position_bot_max_e8 contradicts limits.position_portfolio_max_e8: it must not be larger";
    row "a second faster than a minute" (with_limit "orders_per_second_max" 61)
      "limits.orders_per_second_max contradicts limits.orders_per_minute_max: it must not be larger";
    row "an hour of more than a day" (with_limit "orders_per_day_max" 999)
      "limits.orders_per_hour_max contradicts limits.orders_per_day_max: it must not be larger";
    row "an order larger than a day" (with_limit "notional_per_day_max_e8" 199)
      "limits.order_notional_max_e8 contradicts limits.notional_per_day_max_e8: it must not be larger";
    row "no cap of the day" (without_day_caps usual) {|field "limits.orders_per_day_max" is missing|};
    Alcotest.test_case "a log of before there were caps of the day is read" `Quick (fun () ->
        Alcotest.(check string) "its first record" "capped by nothing" (read_as_record (without_day_caps usual)));
    row "more than all equity may be lost" (with_limit "drawdown_max_ppm" 1_000_000)
      "limits.drawdown_max_ppm must be at most 999999";
    row "no bot" (with_ "bots" (`Assoc [])) "bots: at least one is needed";
    row "a bot without capital"
      (with_ "bots" (`Assoc [ ("imbalance", `Assoc [ ("capital_e8", `Int 0) ]) ]))
      "bots.imbalance.capital_e8 must be positive";
    row "a fee that pays" (with_ "fees" (`Assoc [ ("maker_ppm", `Int (-1)); ("taker_ppm", `Int 1) ]))
      "fees.maker_ppm must be 0 to 999999";
    row "a path longer than a socket's may be" (with_ "listen_unix" (`String (String.make 108 'x')))
      {|field "listen_unix" must be text of 1 to 107 bytes|};
    Alcotest.test_case "a version is of the rules, not of the paths" `Quick (fun () ->
        Alcotest.(check string) "other paths" (version usual) (version (with_ "log" (`String "other.log")));
        let other = version (with_limit "open_orders_max" 31) in
        Alcotest.(check bool) "other limits" false (String.equal (version usual) other)) ]
  @ no_limit_may_be_zero
