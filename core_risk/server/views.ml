(* What may be looked at. *)

open Risk
module Answer = Risk_json.Answer_json

type t = {
  build : string;
  books : Books.t;
  reader : Market_reader.t;
  orders : Order_path.t;
  metrics : Metrics.t;
}

let api_version = 1
let make ~build ~books ~reader ~orders ~metrics = { build; books; reader; orders; metrics }
let ok fields = { Answer.status = 200; body = `Assoc fields }

let version views =
  ok
    [ ("program", `String "core_risk"); ("build", `String views.build); ("api", `Int api_version);
      ("limits_version", `String (Books.state views.books).rules.version) ]

(* {2 The account} *)

let price_json = function None -> `Null | Some (price : Price.t) -> `Int (price :> int)

let quote_json views (quote : Quote.t) =
  ( quote.symbol,
    `Assoc
      [ ("bid", price_json quote.bid); ("ask", price_json quote.ask); ("seq", `Int quote.seq);
        ("age_ns", `Int (Order_path.latest_event_ns views.orders - quote.recv_ns));
        ("state", `String (Quote.feed_state_name quote.state)) ] )

let market views =
  let symbols = List.map (fun (one : Instrument.t) -> one.symbol) (Market_reader.instruments views.reader) in
  Market_reader.latest views.reader ~symbols

(* Valued at the prices of this moment; the account itself keeps those of its last event. *)
let state views =
  let market = market views in
  let priced = Standing.priced (Books.state views.books) market in
  ok
    ([ ("build", `String views.build) ]
     @ Risk_json.State_json.fields priced
     @ [ ("market", `Assoc (List.map (quote_json views) (Quote.quotes market)));
         ( "market_session",
           match Market_reader.session views.reader with None -> `Null | Some session -> `String session ) ])

(* {2 Readiness} *)

let health = ok [ ("healthy", `Bool true) ]

let reasons views =
  let state = Books.state views.books in
  let is_live (quote : Quote.t) = Option.is_some (Quote.markable quote) in
  let market =
    match Market_reader.connection views.reader with
    | Market_reader.Connected -> if List.exists is_live (Quote.quotes (market views)) then [] else [ "no_market" ]
    | Market_reader.No_connection -> [ "no_market" ]
    | Market_reader.Other_build _ -> [ Refusal.name Refusal.Version_mismatch ]
  in
  List.concat
    [ (if State.halted_by state = None then [] else [ "halted" ]);
      market;
      (if State.Symbols.is_empty state.deposits then [ "no_deposit" ] else []);
      (if Order_path.has_failed views.orders then [ "log_failed" ] else []) ]

let ready views =
  match reasons views with
  | [] -> ok [ ("ready", `Bool true) ]
  | reasons ->
    { Answer.status = 503;
      body = `Assoc [ ("ready", `Bool false); ("reasons", `List (List.map (fun reason -> `String reason) reasons)) ] }

(* {2 Figures} *)

let account_gauges (state : State.t) =
  let money name help (amount : Money.t) = (name, help, (amount :> int)) in
  [ money "core_risk_cash_e8" "Cash." state.cash; money "core_risk_peak_e8" "Highest marked equity." state.peak;
    ("core_risk_fills", "Last fill booked.", state.fills);
    ("core_risk_open_orders", "Approvals that hold a reservation.", State.Symbols.cardinal state.open_orders);
    ("core_risk_consecutive_losses", "Losing trips in a row.", state.losses);
    ("core_risk_trading", "1: active, 0: halted.", if State.halted_by state = None then 1 else 0);
    ("core_risk_log_seq", "Last record of the log.", state.log_seq) ]

let equity_gauge views =
  match State.equity (Standing.priced (Books.state views.books) (market views)) with
  | Ok (equity : Money.t) -> [ ("core_risk_equity_e8", "Equity at the latest prices.", (equity :> int)) ]
  | Error (State.Overflow | State.Unpriced _) -> []

let market_gauges reader =
  let counters = Market_reader.counters reader in
  [ ("core_risk_market_connected", "1: frames are read.", if Market_reader.connection reader = Connected then 1 else 0);
    ("core_risk_market_seen_seq", "Last frame seen.", Market_reader.seen_seq reader);
    ("core_risk_market_queued", "Frames that wait for a request to name them.", Market_reader.queued reader);
    ("core_risk_market_frames", "Frames read by this process.", counters.frames);
    ("core_risk_market_connections", "Connections made by this process.", counters.connections);
    ("core_risk_market_refused_frames", "Frames that were not what the protocol says.", counters.refused_frames);
    ("core_risk_market_forced", "Times that a full queue was applied unasked.", counters.forced) ]

let metrics views =
  Metrics.text views.metrics
    ~gauges:(account_gauges (Books.state views.books) @ equity_gauge views @ market_gauges views.reader)
