(** A state, an event, a reply. No clock, no input or output: time and prices are in the event. *)

type event =
  | Configured of Ruleset.t
  | Employed of { bots : (string * Money.t) list; version : string }  (** the bots there are now, all of them *)
  | Listed of Instrument.t list  (** what the present market session trades *)
  | Asked of Order.t * Quote.market
  | Filled of Fill.t
  | Ended of { client_id : string; reason : string; event_ns : int }
  | Marked of {
      market_session : string;
      as_of_seq : int;
      event_ns : int;
      books : Reconcile.books;
      market : Quote.market;
    }
  | Deposited of { deposit_id : string; amount : Money.t; event_ns : int }
  | Halted of { reason : string; event_ns : int; command : int }
  | Resumed of { reason : string; event_ns : int; command : int; market : Quote.market }

type reply =
  | Noted
  | Not_employed of string
  | Decided of Verdict.t
  | Client_id_reused
  | Fill_taken of { duplicate : bool }
  | Fill_disagrees of Booking.disagreement
  | Fill_out_of_order of { next : int }
  | Fill_changed
  | Fill_unbookable
  | End_taken of { known : bool }
  | Compared of { differences : Reconcile.difference list; marked : State.t }
  (** [marked] is the account at the mark's prices, also where the mark itself left no trace *)
  | Deposit_taken of { duplicate : bool }
  | Deposit_changed
  | Deposits_full
  | Deposit_unbookable
  | Standing
  | Not_resumed of string  (** the symbol without a price *)

val start : Ruleset.t -> State.t
(** An empty account after its first event, which is [Configured] with these rules. *)

val knows : State.t -> client_id:string -> bool
(** Whether an order of this id was asked about and its answer is remembered: it needs no market to be given again. *)

val step : State.t -> event -> State.t * reply
(** The only way a state changes. An event that changes nothing gives back the very same state (physically equal): a
    repeat, a duplicate, an answer of 409, and a mark at which no peak, day, trip or mismatch moved. Such an event need
    not be in a log, for no later reply depends on it; every other one must be. *)
