(** The own view of one instrument's market at one frame. *)

type feed_state = Disconnected | Resyncing | Live | Stale | Crossed | Halted | Geo_blocked | Banned

val feed_state_number : feed_state -> int
val feed_state_name : feed_state -> string
val feed_state_of_number : int -> feed_state option

type t = {
  symbol : string;
  state : feed_state;
  bid : Price.t option;
  ask : Price.t option;
  recv_ns : int;  (** of the Book frame behind the prices *)
  seq : int;
}

val best : t -> (Price.t * Price.t) option
(** Bid and ask if both sides have one. *)

val markable : t -> (Price.t * Price.t) option
(** {!best} of a live and uncrossed market: what positions may be valued at. *)

(** What a request may know of the market: [quotes] are those at its [as_of_seq], of the symbols it concerns. [Unseen]:
    its session or that frame was not there in time. *)
type market = Unseen | Seen of t list

val find : market -> string -> t option
val quotes : market -> t list
