(* One client, one request at a time, as the trader does it: the time from the request's write to the answer's last
   byte. core_risk runs in a process of its own, put together as the program puts it together. After each check the
   order is reported done, which is not timed. *)

open Peers

let build = "bench"
let token = "bench-token-0123456789"
let event_ns = Made_market.recv_ns

(* {2 core_risk} *)

let config_text ~directory =
  let file name = `String (Filename.concat directory name) in
  let e8 units = `Int (units * 100_000_000) in
  let limits =
    [ ("market_age_max_ms", `Int 2_000); ("order_notional_max_e8", e8 1_000);
      ("position_instrument_max_e8", e8 3_000); ("position_bot_max_e8", e8 5_000);
      ("position_portfolio_max_e8", e8 8_000); ("concentration_max_ppm", `Int 500_000);
      ("leverage_max_ppm", `Int 1_000_000); ("price_collar_ppm", `Int 5_000);
      ("orders_per_second_max", `Int Risk.Ruleset.orders_per_hour_bound);
      ("orders_per_minute_max", `Int Risk.Ruleset.orders_per_hour_bound);
      ("orders_per_hour_max", `Int Risk.Ruleset.orders_per_hour_bound);
      ("orders_per_day_max", `Int Risk.Money.max_e8); ("notional_per_day_max_e8", `Int Risk.Money.max_e8);
      ("open_orders_max", `Int 20);
      ("drawdown_max_ppm", `Int 100_000); ("daily_loss_max_e8", e8 500); ("consecutive_losses_max", `Int 8);
      ("approval_valid_ms", `Int 2_000) ]
  in
  Yojson.Safe.to_string
    (`Assoc
       [ ("listen_unix", file "risk.sock"); ("listen_tcp", `Null); ("market_socket", file "market.sock");
         ("log", file "core_risk.log"); ("market_wait_ms", `Int 1_000); ("allow_short", `Bool false);
         ("fees", `Assoc [ ("maker_ppm", `Int 750); ("taker_ppm", `Int 1_000) ]);
         ("bots", `Assoc [ ("imbalance", `Assoc [ ("capital_e8", e8 5_000) ]) ]); ("limits", `Assoc limits);
         ("log_level", `String "error") ])

let or_fail what = function Ok value -> value | Error why -> failwith (what ^ ": " ^ why)

let serve ~directory ~fsync =
  let open Risk_server in
  let config = or_fail "config" (Risk_json.Config_json.read (config_text ~directory)) in
  let opened = Books.open_log ~path:config.log ~rules:config.rules in
  let books = (or_fail "log" (Result.map_error (Risk_log.Journal.fault_text ~path:config.log) opened)).books in
  Books.set_fsync books fsync;
  let metrics = Metrics.make () in
  Books.on_append books (Metrics.appended metrics);
  let reader = Market_reader.make ~path:config.market_socket ~build in
  let orders = Order_path.make ~build ~books ~reader ~market_wait_s:1. ~metrics in
  let routes = Routes.make ~token ~orders ~views:(Views.make ~build ~books ~reader ~orders ~metrics) ~metrics in
  ignore (Listener.serve (or_fail "socket" (Listener.unix_socket config.listen_unix)) routes : Listener.t);
  Lwt_main.run (Market_reader.run reader)

(* {2 One run} *)

let request path fields =
  let body = Yojson.Safe.to_string (`Assoc (("build", `String build) :: fields)) in
  { Client.meth = "POST"; path; token = Some token; body }

let deposit =
  request "/v1/deposits"
    [ ("deposit_id", `String "opening"); ("amount_e8", `Int 1_000_000_000_000); ("event_ns", `Int event_ns) ]

let client_id number = Printf.sprintf "imbalance-%08d" number

let check number =
  request "/v1/orders/check"
    [ ("client_id", `String (client_id number)); ("bot", `String "imbalance"); ("symbol", `String Made_market.symbol);
      ("side", `String "buy"); ("type", `String "market"); ("qty", `Int 1_200); ("limit_price", `Null);
      ("reference_price", `Int Made_market.ask); ("reduce_only", `Bool false);
      ("market_session", `String Made_market.session); ("as_of_seq", `Int Made_market.first_seq);
      ("event_ns", `Int event_ns) ]

let ended number =
  request "/v1/orders/done"
    [ ("client_id", `String (client_id number)); ("reason", `String "bench"); ("event_ns", `Int event_ns) ]

let one_check client number =
  let asked = check number in
  let began = Unix.gettimeofday () in
  let answer = Client.ask client asked in
  let took = Unix.gettimeofday () -. began in
  if Client.text answer "verdict" <> "approve" then failwith ("not approved: " ^ answer.body);
  ignore (Client.ask client (ended number) : Client.answer);
  took

let warm_up = 200
let start_s = 5.

let run_client client ~checks =
  ignore (Client.ask client deposit : Client.answer);
  for number = 1 to warm_up do
    ignore (one_check client number : float)
  done;
  let took = Array.init checks (fun index -> one_check client (warm_up + 1 + index)) in
  Array.sort Float.compare took;
  took

let files = [ "risk.sock"; "market.sock"; "core_risk.log" ]

let with_directory parent work =
  let directory = Filename.concat parent (Printf.sprintf "verdict_bench-%d" (Unix.getpid ())) in
  Unix.mkdir directory 0o700;
  Fun.protect
    ~finally:(fun () ->
        List.iter
          (fun name -> try Unix.unlink (Filename.concat directory name) with Unix.Unix_error (Unix.ENOENT, _, _) -> ())
          files;
        Unix.rmdir directory)
    (fun () -> work directory)

let measure ~parent ~checks ~fsync =
  with_directory parent (fun directory ->
      let market = Made_market.listen (Filename.concat directory "market.sock") in
      match Unix.fork () with
      | 0 ->
        serve ~directory ~fsync;
        exit 0
      | core_risk ->
        Fun.protect
          ~finally:(fun () ->
              Unix.kill core_risk Sys.sigkill;
              ignore (Unix.waitpid [] core_risk : int * Unix.process_status);
              Unix.close market)
          (fun () ->
             let reader = Made_market.accept market ~seconds:start_s in
             Made_market.send reader (Made_market.hello ~build () ^ Made_market.book ~seq:Made_market.first_seq);
             run_client (Client.connect (Filename.concat directory "risk.sock") ~seconds:start_s) ~checks))

(* {2 What it says} *)

let microseconds took share =
  Float.round (took.(int_of_float (share *. float_of_int (Array.length took - 1))) *. 1e7) /. 10.

let figures took =
  `Assoc [ ("p50_us", `Float (microseconds took 0.5)); ("p99_us", `Float (microseconds took 0.99)) ]

let say ~as_json ~checks with_fsync without =
  if as_json then
    print_endline
      (Yojson.Safe.to_string
         (`Assoc
            [ ("bench", `String "verdict"); ("checks", `Int checks); ("with_fsync", figures with_fsync);
              ("without_fsync", figures without) ]))
  else
    List.iter
      (fun (name, took) ->
         Printf.printf "%-14s p50 %8.1f us  p99 %8.1f us\n" name (microseconds took 0.5) (microseconds took 0.99))
      [ ("with fsync", with_fsync); ("without fsync", without) ]

let () =
  let as_json = ref false in
  let checks = ref 3_000 in
  let parent = ref (Filename.get_temp_dir_name ()) in
  Arg.parse
    [ ("--json", Arg.Set as_json, " one line of JSON");
      ("--checks", Arg.Set_int checks, "N verdicts of each kind (3000)");
      ("--directory", Arg.Set_string parent, "DIR where the log is written: its disk is measured") ]
    (fun word -> raise (Arg.Bad ("what is " ^ word ^ "?")))
    "verdict_bench [--json] [--checks N] [--directory DIR]";
  let measure ~fsync = measure ~parent:!parent ~checks:!checks ~fsync in
  let with_fsync = measure ~fsync:true in
  say ~as_json:!as_json ~checks:!checks with_fsync (measure ~fsync:false)
