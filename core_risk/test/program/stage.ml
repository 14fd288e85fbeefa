(* core_risk as a process of its own. *)

open Peers

type program = { pid : int; mutable status : Unix.process_status option }
type t = { directory : string; mutable programs : program list }

let token = "a-token-of-this-test"
let start_s = 10.
let event_ns = Made_market.recv_ns
let executable = if Array.length Sys.argv > 1 then Sys.argv.(1) else failwith "usage: program CORE_RISK"

(* alcotest reads the arguments too; the first is not for it. *)
let file stage name = Filename.concat stage.directory name

let first_line command =
  let channel = Unix.open_process_in command in
  let line = input_line channel in
  ignore (Unix.close_process_in channel : Unix.process_status);
  line

let build = first_line (Filename.quote executable ^ " --version")

(* {2 Processes} *)

let rec wait_until program deadline =
  match program.status with
  | Some status -> status
  | None -> (
      match Unix.waitpid [ Unix.WNOHANG ] program.pid with
      | 0, _ when Unix.gettimeofday () > deadline -> failwith "core_risk has not ended in time"
      | 0, _ ->
        Unix.sleepf 0.01;
        wait_until program deadline
      | _, status ->
        program.status <- Some status;
        status)

let wait program ~seconds = wait_until program (Unix.gettimeofday () +. seconds)
let signal program number = Unix.kill program.pid number

let kill program =
  if program.status = None then (
    signal program Sys.sigkill;
    ignore (wait program ~seconds:start_s : Unix.process_status))

let with_stage work =
  let directory = Filename.temp_file "core_risk-" "" in
  Unix.unlink directory;
  Unix.mkdir directory 0o700;
  let stage = { directory; programs = [] } in
  Fun.protect
    ~finally:(fun () ->
        List.iter kill stage.programs;
        Array.iter (fun name -> Unix.unlink (file stage name)) (Sys.readdir directory);
        Unix.rmdir directory)
    (fun () -> work stage)

(* {2 Configuration} *)

let e8 units = `Int (units * 100_000_000)

let limits =
  [ ("market_age_max_ms", `Int 2_000); ("order_notional_max_e8", e8 1_000); ("position_instrument_max_e8", e8 3_000);
    ("position_bot_max_e8", e8 5_000); ("position_portfolio_max_e8", e8 8_000);
    ("concentration_max_ppm", `Int 500_000); ("leverage_max_ppm", `Int 1_000_000); ("price_collar_ppm", `Int 5_000);
    ("orders_per_second_max", `Int 50); ("orders_per_minute_max", `Int 60); ("orders_per_hour_max", `Int 600);
    ("orders_per_day_max", `Int 10_000); ("notional_per_day_max_e8", `Int Risk.Money.max_e8);
    ("open_orders_max", `Int 20); ("drawdown_max_ppm", `Int 100_000); ("daily_loss_max_e8", e8 500);
    ("consecutive_losses_max", `Int 8); ("approval_valid_ms", `Int 2_000) ]

let config stage =
  [ ("listen_unix", `String (file stage "risk.sock")); ("listen_tcp", `Null);
    ("market_socket", `String (file stage "market.sock")); ("log", `String (file stage "core_risk.log"));
    ("market_wait_ms", `Int 250); ("allow_short", `Bool false);
    ("fees", `Assoc [ ("maker_ppm", `Int 750); ("taker_ppm", `Int 1_000) ]);
    ("bots", `Assoc [ ("imbalance", `Assoc [ ("capital_e8", e8 5_000) ]) ]); ("limits", `Assoc limits);
    ("log_level", `String "info") ]

let write_config stage change =
  let path = file stage "core_risk.json" in
  Yojson.Safe.to_file path (`Assoc (change (config stage)));
  path

let environment token =
  let others =
    List.filter
      (fun line -> not (String.length line >= 3 && String.sub line 0 3 = "QF_"))
      (Array.to_list (Unix.environment ()))
  in
  Array.of_list (match token with None -> others | Some token -> ("QF_RISK_TOKEN=" ^ token) :: others)

let spawn stage ~token command arguments =
  let errors =
    Unix.openfile (file stage "said") [ Unix.O_WRONLY; Unix.O_CREAT; Unix.O_APPEND; Unix.O_CLOEXEC ] 0o600
  in
  let nothing = Unix.openfile "/dev/null" [ Unix.O_RDWR; Unix.O_CLOEXEC ] 0 in
  let pid =
    Unix.create_process_env command (Array.of_list (command :: arguments)) (environment token) nothing nothing errors
  in
  List.iter Unix.close [ errors; nothing ];
  let program = { pid; status = None } in
  stage.programs <- program :: stage.programs;
  program

let start ?(token = Some token) ?(change = Fun.id) ?file_blocks_max stage =
  let config = write_config stage change in
  match file_blocks_max with
  | None -> spawn stage ~token executable [ "--config"; config ]
  | Some blocks ->
    (* A write beyond the limit must fail and not end the process: the signal for it is ignored. *)
    let script = Printf.sprintf "trap '' XFSZ; ulimit -f %d; exec \"$0\" --config \"$1\"" blocks in
    spawn stage ~token "/bin/bash" [ "-c"; script; executable; config ]

let run_to_exit ?(token = Some token) ?arguments ?(change = Fun.id) stage =
  let arguments = match arguments with None -> [ "--config"; write_config stage change ] | Some given -> given in
  match wait (spawn stage ~token executable arguments) ~seconds:start_s with
  | Unix.WEXITED status -> status
  | Unix.WSIGNALED number | Unix.WSTOPPED number -> failwith (Printf.sprintf "ended by signal %d" number)

let said stage =
  let channel = open_in_bin (file stage "said") in
  Fun.protect ~finally:(fun () -> close_in channel) (fun () -> really_input_string channel (in_channel_length channel))

(* {2 Sockets} *)

let client stage = Client.connect (file stage "risk.sock") ~seconds:start_s
let begin_market stage = Made_market.listen (file stage "market.sock")

let greet ?(build = build) ?next_seq market =
  let reader = Made_market.accept market ~seconds:start_s in
  Made_market.send reader (Made_market.hello ~build ?next_seq ());
  reader

(* {2 Requests} *)

let post ?(build = build) path fields =
  let body = Yojson.Safe.to_string (`Assoc (("build", `String build) :: fields)) in
  { Client.meth = "POST"; path; token = Some token; body }

let get path = { Client.meth = "GET"; path; token = Some token; body = "" }

let deposit =
  post "/v1/deposits"
    [ ("deposit_id", `String "opening"); ("amount_e8", `Int 1_000_000_000_000); ("event_ns", `Int event_ns) ]

let lots = 1_200

let check ?(qty = lots) ?(session = Made_market.session) ~id ~as_of_seq () =
  post "/v1/orders/check"
    [ ("client_id", `String id); ("bot", `String "imbalance"); ("symbol", `String Made_market.symbol);
      ("side", `String "buy"); ("type", `String "market"); ("qty", `Int qty); ("limit_price", `Null);
      ("reference_price", `Int Made_market.ask); ("reduce_only", `Bool false); ("market_session", `String session);
      ("as_of_seq", `Int as_of_seq); ("event_ns", `Int event_ns) ]

(* One tick of one lot is worth 10 e8: 1,000,000 · 1,000 / 10⁸. *)
let notional = Made_market.ask * lots * 10
let fee = (notional + 999) / 1_000

let fill ~number ~id =
  post "/v1/fills"
    [ ("fill_id", `Int number); ("client_id", `String id); ("bot", `String "imbalance");
      ("symbol", `String Made_market.symbol); ("side", `String "buy"); ("price", `Int Made_market.ask);
      ("qty", `Int lots); ("liquidity", `String "taker"); ("notional_e8", `Int notional); ("fee_e8", `Int fee);
      ("event_ns", `Int event_ns) ]

let ended ~id =
  post "/v1/orders/done" [ ("client_id", `String id); ("reason", `String "test"); ("event_ns", `Int event_ns) ]
