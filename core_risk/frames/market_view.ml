(* What is known of one market session. *)

open Risk
module Indices = Map.Make (Int)

type change =
  | Quoted of Frame.book
  | State_of of int option * Quote.feed_state
  | Unknown_from_here  (** Book frames were left out: no quote is believed until its next Book *)

type queued = { seq : int; recv_ns : int; change : change }

(* [front] oldest first, then [back] newest first. *)
type queue = { front : queued list; back : queued list; length : int }

type t = {
  session : string option;
  instruments : Instrument.t array;
  catch_up_left : int;
  catch_up : queued list;  (** newest first; sorted into the queue when whole *)
  expected : int;  (** seq of the next live frame *)
  skipped_to : int;  (** holes up to here are explained *)
  seen : int;
  applied : int;
  queue : queue;
  quotes : Quote.t Indices.t;  (** as applied *)
  newest : Quote.t Indices.t;  (** as seen, the queue included *)
}

let queue_max = 65_536
let no_queue = { front = []; back = []; length = 0 }

let empty =
  { session = None; instruments = [||]; catch_up_left = 0; catch_up = []; expected = 0; skipped_to = -1; seen = -1;
    applied = -1; queue = no_queue; quotes = Indices.empty; newest = Indices.empty }

type broken =
  | Hello_expected
  | Hello_twice
  | Hole of { expected : int; seq : int }
  | Instrument_unlisted of int

let broken_name = function
  | Hello_expected -> "the first frame was not a Hello"
  | Hello_twice -> "a second Hello came"
  | Hole { expected; seq } -> Printf.sprintf "seq %d came where %d was expected" seq expected
  | Instrument_unlisted index -> Printf.sprintf "instrument %d is not in the Hello" index

let forget _view = empty
let session view = view.session
let instruments view = Array.to_list view.instruments
let seen_seq view = view.seen
let applied_seq view = view.applied
let queued view = view.queue.length
let is_full view = view.queue.length >= queue_max

(* {2 The queue} *)

let push queue item = { queue with back = item :: queue.back; length = queue.length + 1 }

let rec oldest queue =
  match (queue.front, queue.back) with
  | item :: front, _ -> Some (item, { queue with front; length = queue.length - 1 })
  | [], [] -> None
  | [], back -> oldest { queue with front = List.rev back; back = [] }

let unquoted symbol state seq = { Quote.symbol; state; bid = None; ask = None; recv_ns = 0; seq }

let with_state view quotes index state seq =
  let quote =
    match Indices.find_opt index quotes with
    | Some (quote : Quote.t) -> { quote with state; seq }
    | None -> unquoted view.instruments.(index).symbol state seq
  in
  Indices.add index quote quotes

let apply view quotes item =
  match item.change with
  | Unknown_from_here -> Indices.empty
  | State_of (Some index, state) -> with_state view quotes index state item.seq
  | State_of (None, state) ->
    List.fold_left
      (fun quotes index -> with_state view quotes index state item.seq)
      quotes
      (List.init (Array.length view.instruments) Fun.id)
  | Quoted book ->
    let quote =
      { Quote.symbol = view.instruments.(book.instrument).symbol; state = book.state; bid = book.bid; ask = book.ask;
        recv_ns = item.recv_ns; seq = item.seq }
    in
    Indices.add book.instrument quote quotes

let enqueue view item = { view with queue = push view.queue item; newest = apply view view.newest item }

(* {2 Frames in} *)

let hello view (hello : Frame.hello) =
  let continues = view.session = Some hello.session && view.catch_up_left = 0 && hello.next_seq = view.seen + 1 in
  if continues then { view with catch_up_left = hello.catch_up; expected = hello.next_seq; skipped_to = -1 }
  else
    { empty with
      session = Some hello.session;
      instruments = Array.of_list hello.instruments;
      catch_up_left = hello.catch_up;
      expected = hello.next_seq;
      seen = (if hello.catch_up = 0 then hello.next_seq - 1 else -1) }

let change_of view (frame : Frame.t) =
  let listed index = index < Array.length view.instruments in
  match frame.body with
  | Frame.Book book ->
    if listed book.instrument then Ok (Some (Quoted book)) else Error (Instrument_unlisted book.instrument)
  | Frame.Status { instrument = Some index; state } ->
    if listed index then Ok (Some (State_of (Some index, state))) else Error (Instrument_unlisted index)
  | Frame.Status { instrument = None; state } -> Ok (Some (State_of (None, state)))
  | Frame.Hello _ -> Error Hello_twice
  | Frame.Skipped _ -> Ok (Some Unknown_from_here)
  | Frame.Trade | Frame.Candle | Frame.Heartbeat | Frame.Goodbye _ -> Ok None

let queued_of (frame : Frame.t) seq change = { seq; recv_ns = frame.recv_ns; change }

(* Frames that repeat the present keep their old seq and come per instrument: they are put in the order of seq. What a
   reader who continues has seen already is left out. *)
let caught_up view =
  let fresh = List.filter (fun item -> item.seq > view.seen) view.catch_up in
  let in_order = List.sort (fun a b -> Int.compare a.seq b.seq) fresh in
  List.fold_left enqueue { view with catch_up = []; seen = view.expected - 1 } in_order

let accept_catch_up view (frame : Frame.t) change =
  let catch_up =
    match change with None -> view.catch_up | Some change -> queued_of frame frame.seq change :: view.catch_up
  in
  let view = { view with catch_up; catch_up_left = view.catch_up_left - 1 } in
  Ok (if view.catch_up_left = 0 then caught_up view else view)

let accept_live view (frame : Frame.t) change =
  if frame.seq < view.expected || (frame.seq > view.expected && frame.seq - 1 > view.skipped_to) then
    Error (Hole { expected = view.expected; seq = frame.seq })
  else
    let view =
      match change with None -> view | Some change -> enqueue view (queued_of frame frame.seq change)
    in
    Ok { view with expected = frame.seq + 1; seen = frame.seq }

(* Goodbyes to one reader carry the last published seq, which is not theirs. *)
let to_one_reader = function
  | Frame.Goodbye { reason } -> String.equal reason "reader_too_slow" || String.equal reason "too_many_readers"
  | Frame.Hello _ | Frame.Book _ | Frame.Trade | Frame.Candle | Frame.Status _ | Frame.Heartbeat | Frame.Skipped _ ->
    false

let accept view (frame : Frame.t) =
  if view.session = None then Error Hello_expected
  else
    Result.bind (change_of view frame) (fun change ->
        match frame.body with
        | Frame.Skipped { from } ->
          if from > view.expected then Error (Hole { expected = view.expected; seq = from })
          else
            let view = enqueue view (queued_of frame from Unknown_from_here) in
            Ok { view with skipped_to = max view.skipped_to frame.seq }
        | body when to_one_reader body -> Ok view
        | Frame.Hello _ | Frame.Book _ | Frame.Trade | Frame.Candle | Frame.Status _ | Frame.Heartbeat
        | Frame.Goodbye _ ->
          if view.catch_up_left > 0 then accept_catch_up view frame change else accept_live view frame change)

(* {2 Quotes out} *)

let apply_oldest view (item, queue) =
  { view with queue; quotes = apply view view.quotes item; applied = max view.applied item.seq }

let rec advance view ~as_of_seq =
  match oldest view.queue with
  | Some (item, queue) when item.seq <= as_of_seq -> advance (apply_oldest view (item, queue)) ~as_of_seq
  | Some _ | None -> view

let make_room view =
  let rec apply_some left view =
    match oldest view.queue with
    | Some oldest when left > 0 -> apply_some (left - 1) (apply_oldest view oldest)
    | Some _ | None -> view
  in
  apply_some (queue_max / 4) view

let has_seen view ~market_session ~as_of_seq =
  view.session = Some market_session && as_of_seq <= view.seen && as_of_seq >= view.applied

let of_symbols quotes symbols =
  let wanted (quote : Quote.t) = List.exists (String.equal quote.symbol) symbols in
  List.filter wanted (List.map snd (Indices.bindings quotes))

let quotes view = of_symbols view.quotes
let newest view = of_symbols view.newest
