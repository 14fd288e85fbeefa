(** A frame of market_data, protocol 1 (market_data/PROTOCOL.md): of every kind the seq, of Hello, Book and Status what
    the rules need. Every element of every kind is checked all the same. *)

type hello = {
  build : string;
  session : string;
  venue : string;
  simulated : bool;
  clock : string;
  next_seq : int;
  catch_up : int;
  instruments : Risk.Instrument.t list;  (** in the order of their index *)
}

type book = {
  instrument : int;
  state : Risk.Quote.feed_state;
  bid : Risk.Price.t option;  (** best; [None]: an empty side *)
  ask : Risk.Price.t option;
}

type body =
  | Hello of hello
  | Book of book
  | Trade
  | Candle
  | Status of { instrument : int option; state : Risk.Quote.feed_state }  (** [None]: the whole feed *)
  | Heartbeat
  | Skipped of { from : int }  (** to [seq] *)
  | Goodbye of { reason : string }

type t = { seq : int; recv_ns : int; body : body }

type refusal =
  | Too_long
  | Truncated
  | Not_msgpack
  | Not_an_array
  | Wrong_length
  | Unknown_kind
  | Wrong_type
  | Out_of_range

val refusal_name : refusal -> string
val protocol : int
val frame_bytes_max : int
val levels_max : int
val instruments_max : int

val header_bytes : int
val body_length : string -> (int, refusal) result
(** Of the header's four bytes. *)

val decode_body : string -> (t, refusal) result

val decode : string -> (t, refusal) result
(** Header and body. *)
