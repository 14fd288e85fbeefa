(* A state, an event, a reply. *)

open State

type event =
  | Configured of Ruleset.t
  | Employed of { bots : (string * Money.t) list; version : string }
  | Listed of Instrument.t list
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
  | Deposit_taken of { duplicate : bool }
  | Deposit_changed
  | Deposits_full
  | Deposit_unbookable
  | Standing
  | Not_resumed of string

(* Every change has its number; it is the number of the record in the log. *)
let changed state = { state with log_seq = state.log_seq + 1 }

let start rules = changed (State.start rules)

(* What is open keeps its units: a session that lists other ones cannot be traded there until they are back. *)
let listed state instruments =
  let open_symbols = watched state in
  let held symbol = List.exists (String.equal symbol) open_symbols in
  let kept =
    Symbols.filter_map
      (fun symbol listing -> if held symbol then Some { listing with orderable = false } else None)
      state.listings
  in
  let list listings (instrument : Instrument.t) =
    match Symbols.find_opt instrument.symbol kept with
    | Some { instrument = ours; orderable = _ } when not (Instrument.same_units ours instrument) -> listings
    | Some _ | None -> Symbols.add instrument.symbol { instrument; orderable = true } listings
  in
  { state with listings = List.fold_left list kept instruments }

(* Bots that the trader named hold until the configuration itself changes; then it names them again. *)
let configured state rules =
  if state.configured = rules then state else changed { state with configured = rules; rules }

let employed state bots ~version =
  match Ruleset.employing state.rules bots ~version with
  | Ok rules -> ((if rules = state.rules then state else changed { state with rules }), Noted)
  | Error why -> (state, Not_employed why)

let newly_listed state instruments =
  let after = listed state instruments in
  if Symbols.equal ( = ) after.listings state.listings then state else changed after

let decide state (order : Order.t) market =
  let seen = Standing.watch (Standing.priced state market) in
  let decided = Decide.decide seen order market in
  let verdict =
    { Verdict.decision = decided.decision; findings = decided.findings; event_ns = order.event_ns;
      expires_ns = order.event_ns + state.rules.limits.approval_valid_ns;
      limits_version = state.rules.version; log_seq = state.log_seq + 1 }
  in
  let after =
    match (decided.grant, Verdict.granted decided.decision) with
    | Some grant, Some qty -> Booking.grant seen order verdict grant qty
    | None, (Some _ | None) | Some _, None -> Booking.refuse seen order verdict
  in
  (changed after, Decided verdict)

let earlier_answer state client_id =
  match Symbols.find_opt client_id state.open_orders with
  | Some { order; verdict; worth = _; price = _; remaining = _ } -> Some (order, verdict)
  | None -> (
      match Remembered.find state.past_orders client_id with
      | Some (State.Asked (order, verdict)) -> Some (order, verdict)
      | Some Never_asked | None -> None)

let knows state ~client_id = Option.is_some (earlier_answer state client_id)

let ask state order market =
  match earlier_answer state order.Order.client_id with
  | Some (known, verdict) when Order.same_content known order -> (state, Decided verdict)
  | Some _ -> (state, Client_id_reused)
  | None -> decide state order market

let fill state sent =
  match Booking.fill state sent with
  | Booking.Booked after -> (changed after, Fill_taken { duplicate = false })
  | Booking.Booked_against (disagreement, after) -> (changed after, Fill_disagrees disagreement)
  | Booking.Duplicate -> (state, Fill_taken { duplicate = true })
  | Booking.Out_of_order next -> (state, Fill_out_of_order { next })
  | Booking.Changed -> (state, Fill_changed)
  | Booking.Unbookable after -> ((if state.mismatch then state else changed after), Fill_unbookable)

let end_order state ~client_id ~event_ns =
  let after, known = Booking.finish state ~client_id ~event_ns in
  ((if after == state then state else changed after), End_taken { known })

(* A mark that moves prices and time alone leaves no trace: every event that reads prices brings its own. *)
let leaves_trace before after =
  before.peak <> after.peak || before.breaker_peak <> after.breaker_peak || before.day <> after.day
  || before.breaker_tripped <> after.breaker_tripped
  || before.daily_loss_tripped <> after.daily_loss_tripped
  || before.mismatch <> after.mismatch

let mark state ~event_ns books market =
  let differences = Reconcile.compare_books state books in
  let marked = Standing.mark (Standing.priced state market) ~event_ns in
  let marked = { marked with mismatch = marked.mismatch || differences <> []; event_ns = max state.event_ns event_ns } in
  if leaves_trace state marked then
    let after = changed marked in
    (after, Compared { differences; marked = after })
  else (state, Compared { differences; marked = { marked with event_ns = state.event_ns } })

let deposit state ~deposit_id amount =
  match Booking.deposit state ~deposit_id amount with
  | Booking.Deposited after -> (changed after, Deposit_taken { duplicate = false })
  | Booking.Deposit_duplicate -> (state, Deposit_taken { duplicate = true })
  | Booking.Deposit_changed -> (state, Deposit_changed)
  | Booking.Deposits_full -> (state, Deposits_full)
  | Booking.Deposit_unbookable -> (state, Deposit_unbookable)

(* Commands are numbered by whoever sends them, and may come again; 0: one without a number. *)
let known state command = command > 0 && command <= state.commands
let numbered state command = { state with commands = max state.commands command }

let halt state reason ~command =
  if known state command then state
  else
    let after = numbered { state with halt = Some reason } command in
    if state.halt = after.halt && state.commands = after.commands then state else changed after

(* Without anything to take back a resume changes nothing: it must not move the peak the breaker measures from. *)
let resume state ~event_ns ~command market =
  match halted_by state with
  | Some _ when known state command -> (state, Standing)
  | None -> ((if command > state.commands then changed (numbered state command) else state), Standing)
  | Some _ -> (
      match Standing.resume (Standing.priced state market) ~event_ns with
      | Ok after -> (changed (numbered after command), Standing)
      | Error (Unpriced symbol) -> (state, Not_resumed symbol)
      | Error Overflow -> (state, Not_resumed "a position whose value is out of bounds"))

let step state = function
  | Configured rules -> (configured state rules, Noted)
  | Employed { bots; version } -> employed state bots ~version
  | Listed instruments -> (newly_listed state instruments, Noted)
  | Asked (order, market) -> ask state order market
  | Filled sent -> fill state sent
  | Ended { client_id; reason = _; event_ns } -> end_order state ~client_id ~event_ns
  | Marked { market_session = _; as_of_seq = _; event_ns; books; market } -> mark state ~event_ns books market
  | Deposited { deposit_id; amount; event_ns = _ } -> deposit state ~deposit_id amount
  | Halted { reason; event_ns = _; command } -> (halt state reason ~command, Standing)
  | Resumed { reason = _; event_ns; command; market } -> resume state ~event_ns ~command market
