(** The configuration file, strictly. *)

type level = Debug | Info | Warning | Error

type t = {
  listen_unix : string;
  listen_tcp : int option;  (** a port on 127.0.0.1 *)
  market_socket : string;
  log : string;
  market_wait_ms : int;
  rules : Risk.Ruleset.t;
  level : level;
}

val read : string -> (t, string) result
(** The error names the key and what it must be. *)
