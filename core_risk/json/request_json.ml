(* Bodies of requests. *)

open Risk

type error = Malformed of string | Version_mismatch of string

exception Other_build of string

let text_max = 200
let holdings_max = 512

let read ~build body reader =
  let with_build fields =
    let theirs = Fields.text fields "build" ~length_max:text_max in
    if String.equal theirs build then reader fields else raise (Other_build theirs)
  in
  match Fields.read body with_build with
  | Ok value -> Ok value
  | Error reason -> Error (Malformed reason)
  | exception Other_build theirs -> Error (Version_mismatch theirs)

let sides = List.map (fun side -> (Side.name side, side)) Side.all
let seq fields name = Fields.int fields name ~min:0 ~max:max_int
let signed fields name = Fields.int fields name ~min:(-max_int) ~max:max_int

(* {2 Orders} *)

let kind fields =
  let kind = Fields.choice fields "type" [ ("market", `Market); ("limit", `Limit); ("stop", `Stop) ] in
  match (kind, Fields.price_or_null fields "limit_price") with
  | `Market, None -> Order.Market
  | `Limit, Some price -> Order.Limit price
  | `Stop, Some trigger -> Order.Stop trigger
  | `Market, Some _ -> raise (Fields.Wrong "field \"limit_price\" must be null for a market order")
  | (`Limit | `Stop), None -> raise (Fields.Wrong "field \"limit_price\" must be a price for a limit or stop order")

let order fields =
  let client_id = Fields.id fields "client_id" in
  let bot = Fields.id fields "bot" in
  let symbol = Fields.id fields "symbol" in
  let side = Fields.choice fields "side" sides in
  let kind = kind fields in
  let qty = Fields.qty fields "qty" in
  let reference_price = Fields.price fields "reference_price" in
  let reduce_only = Fields.bool fields "reduce_only" in
  let market_session = Fields.text fields "market_session" ~length_max:text_max in
  let as_of_seq = seq fields "as_of_seq" in
  let event_ns = Fields.time_ns fields "event_ns" in
  { Order.client_id; bot; symbol; side; kind; qty; reference_price; reduce_only; market_session; as_of_seq; event_ns }

let limit_json (order : Order.t) =
  match Order.limit_price order.kind with None -> `Null | Some price -> `Int (price :> int)

let order_fields (order : Order.t) =
  [ ("client_id", `String order.client_id); ("bot", `String order.bot); ("symbol", `String order.symbol);
    ("side", `String (Side.name order.side)); ("type", `String (Order.kind_name order.kind));
    ("qty", `Int (order.qty :> int)); ("limit_price", limit_json order);
    ("reference_price", `Int (order.reference_price :> int)); ("reduce_only", `Bool order.reduce_only);
    ("market_session", `String order.market_session); ("as_of_seq", `Int order.as_of_seq);
    ("event_ns", `Int order.event_ns) ]

let order_hash (order : Order.t) =
  let limit =
    match Order.limit_price order.kind with None -> "-" | Some price -> string_of_int (price :> int)
  in
  let content =
    String.concat "|"
      [ order.client_id; order.bot; order.symbol; Side.name order.side; Order.kind_name order.kind;
        string_of_int (order.qty :> int); limit; string_of_bool order.reduce_only; string_of_int order.event_ns ]
  in
  Sha256.to_hex (Sha256.string content)

(* {2 Fills} *)

let liquidities = List.map (fun liquidity -> (Fill.liquidity_name liquidity, liquidity)) [ Fill.Taker; Fill.Maker ]

let fill fields =
  let fill_id = Fields.int fields "fill_id" ~min:1 ~max:max_int in
  let client_id = Fields.id fields "client_id" in
  let bot = Fields.id fields "bot" in
  let symbol = Fields.id fields "symbol" in
  let side = Fields.choice fields "side" sides in
  let price = Fields.price fields "price" in
  let qty = Fields.qty fields "qty" in
  let liquidity = Fields.choice fields "liquidity" liquidities in
  let notional = Fields.money fields "notional_e8" ~min:0 in
  let fee = Fields.money fields "fee_e8" ~min:0 in
  let event_ns = Fields.time_ns fields "event_ns" in
  { Fill.fill_id; client_id; bot; symbol; side; price; qty; liquidity; notional; fee; event_ns }

let fill_fields (fill : Fill.t) =
  [ ("fill_id", `Int fill.fill_id); ("client_id", `String fill.client_id); ("bot", `String fill.bot);
    ("symbol", `String fill.symbol); ("side", `String (Side.name fill.side)); ("price", `Int (fill.price :> int));
    ("qty", `Int (fill.qty :> int)); ("liquidity", `String (Fill.liquidity_name fill.liquidity));
    ("notional_e8", `Int (fill.notional :> int)); ("fee_e8", `Int (fill.fee :> int));
    ("event_ns", `Int fill.event_ns) ]

(* {2 The others} *)

type ended = { client_id : string; reason : string; event_ns : int }

let ended fields =
  let client_id = Fields.id fields "client_id" in
  let reason = Fields.text fields "reason" ~length_max:text_max in
  let event_ns = Fields.time_ns fields "event_ns" in
  { client_id; reason; event_ns }

type mark = { market_session : string; as_of_seq : int; event_ns : int; books : Reconcile.books }

let holding fields =
  let bot = Fields.id fields "bot" in
  let symbol = Fields.id fields "symbol" in
  let qty = signed fields "qty" in
  let cost_e8 = signed fields "cost_e8" in
  let realised_e8 = signed fields "realised_e8" in
  { Reconcile.bot; symbol; qty; cost_e8; realised_e8 }

let rec no_pair_twice = function
  | [] -> ()
  | (holding : Reconcile.holding) :: rest ->
    let same (other : Reconcile.holding) =
      String.equal other.bot holding.bot && String.equal other.symbol holding.symbol
    in
    if List.exists same rest then
      raise (Fields.Wrong (Printf.sprintf "field \"positions\" lists %s/%s twice" holding.bot holding.symbol));
    no_pair_twice rest

let mark fields =
  let market_session = Fields.text fields "market_session" ~length_max:text_max in
  let as_of_seq = seq fields "as_of_seq" in
  let event_ns = Fields.time_ns fields "event_ns" in
  let cash_e8 = signed fields "cash_e8" in
  let fills = seq fields "fills" in
  let holdings = Fields.list fields "positions" ~length_max:holdings_max holding in
  no_pair_twice holdings;
  { market_session; as_of_seq; event_ns; books = { Reconcile.cash_e8; fills; holdings } }

let holding_json (holding : Reconcile.holding) =
  `Assoc
    [ ("bot", `String holding.bot); ("symbol", `String holding.symbol); ("qty", `Int holding.qty);
      ("cost_e8", `Int holding.cost_e8); ("realised_e8", `Int holding.realised_e8) ]

let mark_fields mark =
  [ ("market_session", `String mark.market_session); ("as_of_seq", `Int mark.as_of_seq);
    ("event_ns", `Int mark.event_ns); ("cash_e8", `Int mark.books.cash_e8); ("fills", `Int mark.books.fills);
    ("positions", `List (List.map holding_json mark.books.holdings)) ]

type deposit = { deposit_id : string; amount : Money.t; event_ns : int }

let deposit fields =
  let deposit_id = Fields.id fields "deposit_id" in
  let amount = Fields.money fields "amount_e8" ~min:1 in
  let event_ns = Fields.time_ns fields "event_ns" in
  { deposit_id; amount; event_ns }

let employed fields = Ruleset_json.bots fields

type spoken = { reason : string; event_ns : int; command : int }

let spoken fields =
  let reason = Fields.text fields "reason" ~length_max:text_max in
  let event_ns = Fields.time_ns fields "event_ns" in
  let command =
    Option.value ~default:0 (Fields.maybe fields "command" (fun fields name -> Fields.int fields name ~min:1 ~max:max_int))
  in
  { reason; event_ns; command }

let spoken_fields { reason; event_ns; command } =
  let number = if command = 0 then [] else [ ("command", `Int command) ] in
  [ ("reason", `String reason); ("event_ns", `Int event_ns) ] @ number
