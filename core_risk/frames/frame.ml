(* Frames: header, then one array whose elements are read in the order of PROTOCOL.md. *)

open Risk

type hello = {
  build : string;
  session : string;
  venue : string;
  simulated : bool;
  clock : string;
  next_seq : int;
  catch_up : int;
  instruments : Instrument.t list;
}

type book = { instrument : int; state : Quote.feed_state; bid : Price.t option; ask : Price.t option }

type body =
  | Hello of hello
  | Book of book
  | Trade
  | Candle
  | Status of { instrument : int option; state : Quote.feed_state }
  | Heartbeat
  | Skipped of { from : int }
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

let refusal_name = function
  | Too_long -> "too_long"
  | Truncated -> "truncated"
  | Not_msgpack -> "not_msgpack"
  | Not_an_array -> "not_an_array"
  | Wrong_length -> "wrong_length"
  | Unknown_kind -> "unknown_kind"
  | Wrong_type -> "wrong_type"
  | Out_of_range -> "out_of_range"

let protocol = 1
let frame_bytes_max = 65_536
let levels_max = 50
let instruments_max = 16
let header_bytes = 4
let level_bytes = 16

exception Refused of refusal

let refuse refusal = raise (Refused refusal)

(* {2 One element} *)

let i64 ~min ~max = function
  | Msgpack.Int n -> if Int64.compare n min < 0 || Int64.compare n max > 0 then refuse Out_of_range else n
  | Msgpack.Beyond_i64 -> refuse Out_of_range
  | Msgpack.Float _ | Bool _ | Str _ | Bin _ | Array _ | Other -> refuse Wrong_type

let int ?(min = 0) ?(max = max_int) value =
  Int64.to_int (i64 ~min:(Int64.of_int min) ~max:(Int64.of_int max) value)

let text = function
  | Msgpack.Str text -> text
  | Msgpack.Int _ | Beyond_i64 | Float _ | Bool _ | Bin _ | Array _ | Other -> refuse Wrong_type

let bool = function
  | Msgpack.Bool set -> set
  | Msgpack.Int _ | Beyond_i64 | Float _ | Str _ | Bin _ | Array _ | Other -> refuse Wrong_type

let array ~max = function
  | Msgpack.Array items -> if List.length items > max then refuse Out_of_range else items
  | Msgpack.Int _ | Beyond_i64 | Float _ | Bool _ | Str _ | Bin _ | Other -> refuse Wrong_type

(* Within both bounds, which NaN is not. *)
let float ~min ~max = function
  | Msgpack.Float x -> if not (x >= min && x <= max) then refuse Out_of_range
  | Msgpack.Int _ | Beyond_i64 | Bool _ | Str _ | Bin _ | Array _ | Other -> refuse Wrong_type

let feed_state value =
  match Quote.feed_state_of_number (int value) with Some state -> state | None -> refuse Out_of_range

let one_of choices value =
  let choice = text value in
  if List.exists (String.equal choice) choices then choice else refuse Out_of_range

let check_i64 ~min value = ignore (i64 ~min ~max:Int64.max_int value : int64)

(* The best price of one side; its quantity may be anything that fits 64 bits, which is more than an [int] holds. *)
let best_price bytes = function
  | Msgpack.Bin { at; length } ->
    if length mod level_bytes <> 0 || length / level_bytes > levels_max then refuse Out_of_range
    else if length = 0 then None
    else
      let ticks = String.get_int64_le bytes at in
      if Int64.compare ticks (Int64.of_int max_int) > 0 then refuse Out_of_range
      else (
        match Price.of_int (Int64.to_int ticks) with None -> refuse Out_of_range | Some price -> Some price)
  | Msgpack.Int _ | Beyond_i64 | Float _ | Bool _ | Str _ | Array _ | Other -> refuse Wrong_type

(* {2 One kind} *)

let instrument expected = function
  | Msgpack.Array [ index; symbol; base; quote; tick; lot; qty_min; qty_max; notional_min; filters_from ] -> (
      ignore (text base : string);
      ignore (text quote : string);
      ignore (one_of [ "exchange"; "config"; "inferred" ] filters_from : string);
      if int index <> expected then refuse Out_of_range;
      let made =
        Instrument.make ~symbol:(text symbol) ~tick_e8:(int ~min:1 tick) ~lot_e8:(int ~min:1 lot) ~qty_min:(int qty_min)
          ~qty_max:(int qty_max) ~notional_min_e8:(int notional_min)
      in
      match made with Ok instrument -> instrument | Error _ -> refuse Out_of_range)
  | Msgpack.Array _ -> refuse Wrong_length
  | Msgpack.Int _ | Beyond_i64 | Float _ | Bool _ | Str _ | Bin _ | Other -> refuse Wrong_type

let hello = function
  | [ version; build; session; venue; simulated; clock; next_seq; catch_up; instruments ] ->
    ignore (int ~min:protocol ~max:protocol version : int);
    Hello
      { build = text build; session = text session;
        venue = one_of [ "binance"; "sim"; "replay" ] venue;
        simulated = bool simulated;
        clock = one_of [ "wall"; "recorded" ] clock;
        next_seq = int ~min:1 next_seq; catch_up = int catch_up;
        instruments = List.mapi instrument (array ~max:instruments_max instruments) }
  | _ -> refuse Wrong_length

let book bytes = function
  | [ instrument; event_ns; epoch; last_id; state; bids; asks; window_bid; window_ask; best; top; weighted; micro ] ->
    List.iter (check_i64 ~min:0L) [ event_ns; epoch; last_id; window_bid; window_ask ];
    List.iter (float ~min:(-1.) ~max:1.) [ best; top; weighted ];
    float ~min:0. ~max:(Int64.to_float Int64.max_int) micro;
    Book
      { instrument = int ~max:(instruments_max - 1) instrument;
        state = feed_state state;
        bid = best_price bytes bids;
        ask = best_price bytes asks }
  | _ -> refuse Wrong_length

let trade = function
  | [ instrument; event_ns; trade_id; price; qty; aggressor ] ->
    ignore (int ~max:(instruments_max - 1) instrument : int);
    List.iter (check_i64 ~min:0L) [ event_ns; trade_id ];
    List.iter (check_i64 ~min:1L) [ price; qty ];
    ignore (int ~max:1 aggressor : int);
    Trade
  | _ -> refuse Wrong_length

let candle = function
  | [ instrument; open_ns; op; high; low; close; volume; buy_volume; trades; closed; origin ] ->
    ignore (int ~max:(instruments_max - 1) instrument : int);
    List.iter (check_i64 ~min:0L) [ open_ns; volume; buy_volume; trades ];
    List.iter (check_i64 ~min:1L) [ op; high; low; close ];
    ignore (bool closed : bool);
    ignore (int ~max:3 origin : int);
    Candle
  | _ -> refuse Wrong_length

let status = function
  | [ instrument; state; reason; epoch ] ->
    ignore (text reason : string);
    check_i64 ~min:0L epoch;
    let index = int ~min:(-1) ~max:(instruments_max - 1) instrument in
    Status { instrument = (if index < 0 then None else Some index); state = feed_state state }
  | _ -> refuse Wrong_length

let skipped ~to_ = function
  | [ from; count ] ->
    let from = int ~min:1 ~max:to_ from in
    ignore (int ~min:1 ~max:(to_ - from + 1) count : int);
    Skipped { from }
  | _ -> refuse Wrong_length

let counters expected = function
  | Msgpack.Array (index :: others) ->
    if List.length others <> 7 then refuse Wrong_length;
    if int index <> expected then refuse Out_of_range;
    List.iter (check_i64 ~min:0L) others
  | Msgpack.Array [] -> refuse Wrong_length
  | Msgpack.Int _ | Beyond_i64 | Float _ | Bool _ | Str _ | Bin _ | Other -> refuse Wrong_type

let goodbye = function
  | [ reason; per_instrument ] ->
    List.iteri counters (array ~max:instruments_max per_instrument);
    Goodbye { reason = one_of [ "recording_ended"; "stopping"; "reader_too_slow"; "too_many_readers" ] reason }
  | _ -> refuse Wrong_length

let heartbeat = function [] -> Heartbeat | _ -> refuse Wrong_length

let kind_of bytes kind ~seq =
  match kind with
  | 1 -> hello
  | 2 -> book bytes
  | 3 -> trade
  | 4 -> candle
  | 5 -> status
  | 6 -> heartbeat
  | 7 -> skipped ~to_:seq
  | 8 -> goodbye
  | _ -> refuse Unknown_kind

let elements bytes = function
  | Msgpack.Array [] -> refuse Wrong_length
  | Msgpack.Array (kind :: rest) -> (
      let kind = int ~min:min_int kind in
      if kind < 1 || kind > 8 then refuse Unknown_kind;
      match rest with
      | seq :: recv_ns :: rest ->
        let seq = int seq in
        let recv_ns = int recv_ns in
        { seq; recv_ns; body = kind_of bytes kind ~seq rest }
      | [] | [ _ ] -> refuse Wrong_length)
  | Msgpack.Int _ | Beyond_i64 | Float _ | Bool _ | Str _ | Bin _ | Other -> refuse Not_an_array

(* {2 Bytes} *)

let body_length header =
  if String.length header < header_bytes then Error Truncated
  else
    let length = Int32.to_int (String.get_int32_be header 0) land 0xffff_ffff in
    if length > frame_bytes_max then Error Too_long else Ok length

let decode_body bytes =
  match Msgpack.parse bytes with
  | None -> Error Not_msgpack
  | Some value -> ( match elements bytes value with frame -> Ok frame | exception Refused refusal -> Error refusal)

let decode bytes =
  Result.bind (body_length bytes) (fun length ->
      let there = String.length bytes - header_bytes in
      if there < length then Error Truncated
      else if there > length then Error Not_msgpack
      else decode_body (String.sub bytes header_bytes length))
