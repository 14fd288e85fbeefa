(* The configuration file. *)

type level = Debug | Info | Warning | Error

type t = {
  listen_unix : string;
  listen_tcp : int option;
  market_socket : string;
  log : string;
  market_wait_ms : int;
  rules : Risk.Ruleset.t;
  level : level;
}

(* sun_path holds 108 bytes with its end. *)
let socket_path_max = 107
let file_path_max = 1_024
let market_wait_ms_max = 60_000
let address_max = 64
let levels = [ ("debug", Debug); ("info", Info); ("warning", Warning); ("error", Error) ]

let loopback_port address =
  let wrong () = raise (Fields.Wrong "field \"listen_tcp\" must be null or \"127.0.0.1:PORT\"") in
  match String.split_on_char ':' address with
  | [ "127.0.0.1"; port ] -> (
      match int_of_string_opt port with Some port when port > 0 && port < 65_536 -> port | Some _ | None -> wrong ())
  | _ -> wrong ()

let config fields =
  let listen_unix = Fields.text fields "listen_unix" ~length_max:socket_path_max in
  let listen_tcp = Option.map loopback_port (Fields.optional_text fields "listen_tcp" ~length_max:address_max) in
  let market_socket = Fields.text fields "market_socket" ~length_max:socket_path_max in
  let log = Fields.text fields "log" ~length_max:file_path_max in
  let market_wait_ms = Fields.int fields "market_wait_ms" ~min:1 ~max:market_wait_ms_max in
  let level = Fields.choice fields "log_level" levels in
  let rules = Ruleset_json.read fields in
  { listen_unix; listen_tcp; market_socket; log; market_wait_ms; rules; level }

let read text = Fields.read text config
