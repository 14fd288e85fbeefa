(* Events as the log keeps them. *)

open Risk

let text_max = 200
let quotes_max = 16

let outcome = function
  | Step.Noted -> "noted"
  | Step.Not_employed _ -> "not_employed"
  | Step.Decided { decision = Verdict.Approve qty; _ } -> Printf.sprintf "approve %d" (qty :> int)
  | Step.Decided { decision = Verdict.Reduce qty; _ } -> Printf.sprintf "reduce %d" (qty :> int)
  | Step.Decided { decision = Verdict.Refuse refusal; _ } -> "refuse " ^ Refusal.name refusal
  | Step.Client_id_reused -> "client_id_reused"
  | Step.Fill_taken { duplicate } -> if duplicate then "duplicate" else "booked"
  | Step.Fill_disagrees _ -> "fill_disagrees"
  | Step.Fill_out_of_order _ -> "fill_out_of_order"
  | Step.Fill_changed -> "fill_changed"
  | Step.Fill_unbookable -> "arithmetic"
  | Step.End_taken { known } -> if known then "released" else "never_asked"
  | Step.Compared { differences; marked = _ } -> Printf.sprintf "differences %d" (List.length differences)
  | Step.Deposit_taken { duplicate } -> if duplicate then "duplicate" else "booked"
  | Step.Deposit_changed -> "deposit_changed"
  | Step.Deposits_full -> "deposits_full"
  | Step.Deposit_unbookable -> "arithmetic"
  | Step.Standing -> "standing"
  | Step.Not_resumed _ -> "market_unseen"

(* {2 Prices} *)

let price_json = function None -> `Null | Some (price : Price.t) -> `Int (price :> int)

let quote_json (quote : Quote.t) =
  `Assoc
    [ ("symbol", `String quote.symbol); ("state", `Int (Quote.feed_state_number quote.state));
      ("bid", price_json quote.bid); ("ask", price_json quote.ask); ("recv_ns", `Int quote.recv_ns);
      ("seq", `Int quote.seq) ]

let market_field = function
  | Quote.Unseen -> [ ("unseen", `Bool true) ]
  | Quote.Seen quotes -> [ ("quotes", `List (List.map quote_json quotes)) ]

let quote fields =
  let symbol = Fields.id fields "symbol" in
  let state =
    match Quote.feed_state_of_number (Fields.int fields "state" ~min:0 ~max:7) with
    | Some state -> state
    | None -> raise (Fields.Wrong "field \"state\" is no feed state")
  in
  let bid = Fields.price_or_null fields "bid" in
  let ask = Fields.price_or_null fields "ask" in
  let recv_ns = Fields.int fields "recv_ns" ~min:0 ~max:max_int in
  let seq = Fields.int fields "seq" ~min:0 ~max:max_int in
  { Quote.symbol; state; bid; ask; recv_ns; seq }

let market fields =
  match Fields.maybe fields "unseen" Fields.bool with
  | Some true -> Quote.Unseen
  | Some false | None -> Quote.Seen (Fields.list fields "quotes" ~length_max:quotes_max quote)

(* {2 Instruments} *)

let instrument_json (instrument : Instrument.t) =
  `Assoc
    [ ("symbol", `String instrument.symbol); ("tick_e8", `Int instrument.tick_e8); ("lot_e8", `Int instrument.lot_e8);
      ("qty_min", `Int instrument.qty_min); ("qty_max", `Int instrument.qty_max);
      ("notional_min_e8", `Int instrument.notional_min_e8) ]

let instrument fields =
  let symbol = Fields.id fields "symbol" in
  let figure name = Fields.int fields name ~min:0 ~max:max_int in
  let tick_e8 = figure "tick_e8" in
  let lot_e8 = figure "lot_e8" in
  let qty_min = figure "qty_min" in
  let qty_max = figure "qty_max" in
  let notional_min_e8 = figure "notional_min_e8" in
  match Instrument.make ~symbol ~tick_e8 ~lot_e8 ~qty_min ~qty_max ~notional_min_e8 with
  | Ok instrument -> instrument
  | Error reason -> raise (Fields.Wrong reason)

(* {2 Events} *)

let parts = function
  | Step.Configured rules -> ("configured", Ruleset_json.fields rules)
  | Step.Employed { bots; version } ->
    ("employed", Ruleset_json.bots_field bots @ [ ("limits_version", `String version) ])
  | Step.Listed instruments -> ("listed", [ ("instruments", `List (List.map instrument_json instruments)) ])
  | Step.Asked (order, market) -> ("check", Request_json.order_fields order @ market_field market)
  | Step.Filled fill -> ("fill", Request_json.fill_fields fill)
  | Step.Ended { client_id; reason; event_ns } ->
    ("done", [ ("client_id", `String client_id); ("reason", `String reason); ("event_ns", `Int event_ns) ])
  | Step.Marked { market_session; as_of_seq; event_ns; books; market } ->
    ("mark", Request_json.mark_fields { market_session; as_of_seq; event_ns; books } @ market_field market)
  | Step.Deposited { deposit_id; amount; event_ns } ->
    ( "deposit",
      [ ("deposit_id", `String deposit_id); ("amount_e8", `Int (amount :> int)); ("event_ns", `Int event_ns) ] )
  | Step.Halted { reason; event_ns; command } -> ("halt", Request_json.spoken_fields { reason; event_ns; command })
  | Step.Resumed { reason; event_ns; command; market } ->
    ("resume", Request_json.spoken_fields { reason; event_ns; command } @ market_field market)

let to_text event reply =
  let name, fields = parts event in
  Yojson.Safe.to_string (`Assoc ((("event", `String name) :: fields) @ [ ("outcome", `String (outcome reply)) ]))

let asked fields =
  let order = Request_json.order fields in
  Step.Asked (order, market fields)

let ended fields =
  let { Request_json.client_id; reason; event_ns } = Request_json.ended fields in
  Step.Ended { client_id; reason; event_ns }

let marked fields =
  let { Request_json.market_session; as_of_seq; event_ns; books } = Request_json.mark fields in
  Step.Marked { market_session; as_of_seq; event_ns; books; market = market fields }

let deposited fields =
  let { Request_json.deposit_id; amount; event_ns } = Request_json.deposit fields in
  Step.Deposited { deposit_id; amount; event_ns }

let employed fields =
  let bots = Ruleset_json.bots fields in
  let version = Fields.text fields "limits_version" ~length_max:text_max in
  Step.Employed { bots; version }

let halted fields =
  let { Request_json.reason; event_ns; command } = Request_json.spoken fields in
  Step.Halted { reason; event_ns; command }

let resumed fields =
  let { Request_json.reason; event_ns; command } = Request_json.spoken fields in
  Step.Resumed { reason; event_ns; command; market = market fields }

let readers =
  [ ("configured", fun fields -> Step.Configured (Ruleset_json.read ~may_lack_day_caps:true fields));
    ("employed", employed);
    ("listed", fun fields -> Step.Listed (Fields.list fields "instruments" ~length_max:quotes_max instrument));
    ("check", asked);
    ("fill", fun fields -> Step.Filled (Request_json.fill fields));
    ("done", ended);
    ("mark", marked);
    ("deposit", deposited);
    ("halt", halted);
    ("resume", resumed) ]

let of_text text =
  Fields.read text (fun fields ->
      let read = Fields.choice fields "event" readers in
      let outcome = Fields.text fields "outcome" ~length_max:text_max in
      (read fields, outcome))
