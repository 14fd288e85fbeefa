(* The whole program between its configuration and its exit. *)

open Lwt.Infix
module Config = Risk_json.Config_json
module Journal = Risk_log.Journal

type outcome =
  | Stopped
  | Log_unusable of string
  | Log_in_use of string
  | Log_failed of string
  | Cannot_listen of string

let ( let* ) = Result.bind
let token_length_min = 16

(* A request may wait for the market, and then is answered; longer than this nothing waits at the end. *)
let stop_s = 4.0

let open_books (config : Config.t) =
  match Books.open_log ~path:config.log ~rules:config.rules with
  | Ok opened ->
    Logs.info (fun log ->
        log "log: %d records, read after %d; %d fills, head at %d" opened.records opened.since
          (Books.state opened.books).fills (Books.state opened.books).log_seq);
    Option.iter
      (fun why -> Logs.warn (fun log -> log "log: the checkpoint is not used, the whole log was read: %s" why))
      opened.misfit;
    if opened.cut_bytes > 0 then
      Logs.warn (fun log -> log "log: %d bytes of a write that was never acknowledged are cut off" opened.cut_bytes);
    Ok opened.books
  | Error (Journal.In_use as fault) -> Error (Log_in_use (Journal.fault_text ~path:config.log fault))
  | Error ((Journal.Corrupt _ | Rejected _ | Unusable _) as fault) ->
    Error (Log_unusable (Journal.fault_text ~path:config.log fault))
  | exception Journal.Write_failed why -> Error (Log_failed why)

let open_sockets (config : Config.t) =
  let wrong = Result.map_error (fun why -> Cannot_listen why) in
  let* unix = wrong (Listener.unix_socket config.listen_unix) in
  match config.listen_tcp with
  | None -> Ok [ unix ]
  | Some port ->
    let* tcp = wrong (Listener.loopback port) in
    Ok [ unix; tcp ]

let until_signal () =
  let stopped, stop = Lwt.wait () in
  let once = lazy (Lwt.wakeup_later stop ()) in
  List.iter
    (fun signal -> ignore (Lwt_unix.on_signal signal (fun _ -> Lazy.force once) : Lwt_unix.signal_handler_id))
    [ Sys.sigterm; Sys.sigint ];
  stopped

let serve (config : Config.t) ~build ~token books sockets =
  let metrics = Metrics.make () in
  Books.on_append books (Metrics.appended metrics);
  let reader = Market_reader.make ~path:config.market_socket ~build in
  let market_wait_s = float_of_int config.market_wait_ms /. 1_000. in
  let orders = Order_path.make ~build ~books ~reader ~market_wait_s ~metrics in
  let views = Views.make ~build ~books ~reader ~orders ~metrics in
  let routes = Routes.make ~token ~orders ~views ~metrics in
  let listeners = List.map (fun socket -> Listener.serve socket routes) sockets in
  let reading = Market_reader.run reader in
  Logs.info (fun log -> log "listening on %s, build %s" config.listen_unix build);
  Lwt.choose
    [ (until_signal () >|= fun () -> Stopped);
      (Order_path.failed orders >|= fun why -> Log_failed why);
      (reading >|= fun () -> Stopped) ]
  >>= fun outcome ->
  let settled = Order_path.settle orders >>= fun () -> Lwt.join (List.map Listener.stop listeners) in
  Lwt.pick [ settled; Lwt_unix.sleep stop_s ] >|= fun () ->
  Lwt.cancel reading;
  outcome

let remove path = match Unix.unlink path with () -> () | exception Unix.Unix_error _ -> ()

let run ~(config : Config.t) ~build ~token =
  Sys.set_signal Sys.sigpipe Sys.Signal_ignore;
  let started =
    let* books = open_books config in
    let* sockets = open_sockets config in
    Ok (books, sockets)
  in
  match started with
  | Error outcome -> outcome
  | Ok (books, sockets) ->
    let outcome = Lwt_main.run (serve config ~build ~token books sockets) in
    Books.close books;
    remove config.listen_unix;
    outcome
