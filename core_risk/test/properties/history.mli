(** Random histories: a list of plain numbers, played against an account and a naive model of it side by side. *)

open Risk

type action = { kind : int; a : int; b : int; c : int }

val arbitrary : action list QCheck.arbitrary

type played = {
  state : State.t;
  model : Model.t;
  events : (Step.event * Step.reply) list;  (** newest first, also those that changed nothing *)
  now : int;
  prices : int * int;  (** asks of BTCUSDT and ETHUSDT *)
}

val rules : Ruleset.t
(** Narrow enough that every limit is met often. *)

val play : ?after:(before:played -> played -> unit) -> action list -> played
(** [after] sees each step. *)

val market : played -> Quote.market
