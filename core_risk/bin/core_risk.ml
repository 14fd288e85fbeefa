(* The program: command line, configuration, token, exit status. *)

open Cmdliner
module Config = Risk_json.Config_json
module Service = Risk_server.Service

let token_variable = "QF_RISK_TOKEN"
let config_bytes_max = 1_048_576

(* {2 Exit statuses} *)

let status_config = 2
let status_log_unusable = 3
let status_log_in_use = 4
let status_log_failed = 5
let status_cannot_listen = 6

let exits =
  [ Cmd.Exit.info ~doc:"after SIGTERM or SIGINT, every request answered; or the log is in order." 0;
    Cmd.Exit.info ~doc:"the command line, the configuration or $(b,QF_RISK_TOKEN) is refused." status_config;
    Cmd.Exit.info ~doc:"the log is damaged or cannot be replayed; nothing was changed." status_log_unusable;
    Cmd.Exit.info ~doc:"another process writes the log." status_log_in_use;
    Cmd.Exit.info ~doc:"a write to the log failed; what is on the disk is read again at the next start."
      status_log_failed;
    Cmd.Exit.info ~doc:"a socket cannot be listened on." status_cannot_listen;
    Cmd.Exit.info ~doc:"an unexpected error: a defect." Cmd.Exit.internal_error ]

let refuse status why =
  Log_lines.tell ("core_risk: " ^ why);
  status

let status_of = function
  | Service.Stopped -> 0
  | Service.Log_unusable why -> refuse status_log_unusable why
  | Service.Log_in_use why -> refuse status_log_in_use why
  | Service.Log_failed why -> refuse status_log_failed ("the log could not be written: " ^ why)
  | Service.Cannot_listen why -> refuse status_cannot_listen why

(* {2 What it is given} *)

let read_file path =
  match open_in_bin path with
  | exception Sys_error why -> Error why
  | channel ->
    Fun.protect
      ~finally:(fun () -> close_in channel)
      (fun () ->
         let length = in_channel_length channel in
         if length > config_bytes_max then Error (Printf.sprintf "%s is longer than %d bytes" path config_bytes_max)
         else Ok (really_input_string channel length))

let read_config path =
  Result.bind (read_file path) (fun text -> Result.map_error (fun why -> path ^ ": " ^ why) (Config.read text))

let read_token () =
  match Sys.getenv_opt token_variable with
  | Some token when String.length token >= Service.token_length_min -> Ok token
  | Some _ ->
    Error (Printf.sprintf "%s must have at least %d characters" token_variable Service.token_length_min)
  | None -> Error (Printf.sprintf "%s is not set: every request must carry it" token_variable)

(* {2 What it does} *)

let serve (config : Config.t) =
  match Result.bind (Risk_log.Crash_point.check ()) read_token with
  | Error why -> refuse status_config why
  | Ok token ->
    Log_lines.start config.level;
    status_of (Service.run ~config ~build:Build.id ~token)

let decide_again path ~fold =
  let module Journal = Risk_log.Journal in
  let module Replay = Risk_json.Replay in
  match Journal.verify ~path ~init:Replay.Empty ~fold with
  | Error fault -> refuse status_log_unusable (Journal.fault_text ~path fault)
  | Ok (account, records, head) ->
    let digest, fills =
      match account with
      | Replay.Empty -> (`Null, 0)
      | Replay.Account state -> (`String (Risk_json.State_json.digest state), state.fills)
    in
    let head = (head : Risk_log.Record.hash :> string) in
    print_endline
      (Yojson.Safe.to_string (`Assoc [ ("records", `Int records); ("head", `String head); ("state", digest); ("fills", `Int fills) ]));
    0

let verify log = decide_again log ~fold:Risk_json.Replay.record

let retell path =
  let module Replay = Risk_json.Replay in
  let fold account ~seq payload =
    Result.map
      (fun (account, told) ->
         print_string (Replay.line ~build:Build.id ~seq payload told ^ "\n");
         account)
      (Replay.retell account ~seq payload)
  in
  decide_again path ~fold

let main config only_verify log told =
  match (told, log, config) with
  | Some log, _, _ -> retell log
  | None, Some log, _ -> verify log
  | None, None, None -> refuse status_config "give --config FILE, or --verify-log FILE"
  | None, None, Some path -> (
      match read_config path with
      | Error why -> refuse status_config why
      | Ok config -> if only_verify then verify config.log else serve config)

let config =
  let doc = "The configuration: one JSON object; an unknown or contradicting key is refused by name." in
  Arg.(value & opt (some string) None & info [ "config" ] ~docv:"FILE" ~doc)

let verify_log =
  let doc = "The same as $(b,--verify) for this log, a copy perhaps; no configuration is read." in
  Arg.(value & opt (some string) None & info [ "verify-log" ] ~docv:"FILE" ~doc)

let told =
  let doc =
    "Decide everything in this log again, print each record with, of a check, the answer that was given for it, one a \
     line, and then the same as $(b,--verify). Needs no configuration: the log has its own."
  in
  Arg.(value & opt (some string) None & info [ "retell" ] ~docv:"LOG" ~doc)

let only_verify =
  let doc = 
    "Read the log, decide everything in it again, and print the number of records, the last hash and a digest of the \
     account."
  in
  Arg.(value & flag & info [ "verify" ] ~doc)

let man =
  [ `S Manpage.s_description;
    `P "Keeps its own account of cash, positions and equity, reads the market for itself, and answers orders.";
    `S Manpage.s_examples;
    `Pre "  QF_RISK_TOKEN=\\$(head -c 24 /dev/urandom | base64) core_risk --config data/sim/run/core_risk.json";
    `P "and, with the same token in QF_RISK_TOKEN:";
    `Pre
      "  curl --unix-socket data/sim/run/risk.sock -H \"Authorization: Bearer \\$QF_RISK_TOKEN\" \
       http://localhost/v1/state" ]

let command =
  let doc = "the risk engine: limits, positions and drawdown, as a second set of books" in
  let envs = [ Cmd.Env.info token_variable ~doc:"What every request must carry, at least 16 characters." ] in
  Cmd.v
    (Cmd.info "core_risk" ~version:Build.id ~doc ~man ~exits ~envs)
    Term.(const main $ config $ only_verify $ verify_log $ told)

(* What is wrong with the command line is wrong with what the program was given. *)
let () =
  let status = Cmd.eval' ~term_err:status_config command in
  exit (if status = Cmd.Exit.cli_error then status_config else status)
