(* The own view of one instrument's market. *)

type feed_state = Disconnected | Resyncing | Live | Stale | Crossed | Halted | Geo_blocked | Banned

let feed_states = [ Disconnected; Resyncing; Live; Stale; Crossed; Halted; Geo_blocked; Banned ]

let feed_state_number = function
  | Disconnected -> 0
  | Resyncing -> 1
  | Live -> 2
  | Stale -> 3
  | Crossed -> 4
  | Halted -> 5
  | Geo_blocked -> 6
  | Banned -> 7

let feed_state_name = function
  | Disconnected -> "disconnected"
  | Resyncing -> "resyncing"
  | Live -> "live"
  | Stale -> "stale"
  | Crossed -> "crossed"
  | Halted -> "halted"
  | Geo_blocked -> "geo_blocked"
  | Banned -> "banned"

let feed_state_of_number n = List.find_opt (fun state -> feed_state_number state = n) feed_states

type t = {
  symbol : string;
  state : feed_state;
  bid : Price.t option;
  ask : Price.t option;
  recv_ns : int;
  seq : int;
}

let best quote =
  match (quote.bid, quote.ask) with
  | Some bid, Some ask -> Some (bid, ask)
  | Some _, None | None, Some _ | None, None -> None

let markable quote =
  match (quote.state, best quote) with
  | Live, Some (bid, ask) when (bid :> int) < (ask :> int) -> Some (bid, ask)
  | (Live | Disconnected | Resyncing | Stale | Crossed | Halted | Geo_blocked | Banned), (Some _ | None) -> None

type market = Unseen | Seen of t list

let quotes = function Unseen -> [] | Seen quotes -> quotes
let find market symbol = List.find_opt (fun quote -> String.equal quote.symbol symbol) (quotes market)
