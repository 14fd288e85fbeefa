(* tests/vectors, every case. *)

open Risk
module Json = Yojson.Safe.Util

let cases path = Yojson.Safe.from_file (Scenario.root_file path)
let int json = Json.to_int json
let field name json = Json.member name json
let items name json = Json.to_list (field name json)
let name json = Json.to_string (field "name" json)

(* {2 Money} *)

let money_file = "tests/vectors/money/cases.json"
let worth case =
  match Worth.make ~tick_e8:(int (field "tick_e8" case)) ~lot_e8:(int (field "lot_e8" case)) with
  | Some worth -> worth
  | None -> Alcotest.fail "the units cannot be"

let side json = if Json.to_string json = "buy" then Side.Buy else Side.Sell
let rounding = function Side.Buy -> Money.Up | Side.Sell -> Money.Down
let bounded = function Ok value -> value | Error Money.Overflow -> Alcotest.fail "a figure is out of bounds"

type account = { cash : Money.t; position : Position.t }

let check_row expected ~notional ~fee account =
  let figure what value = Alcotest.(check int) what (int (field what expected)) value in
  figure "notional_e8" (notional : Money.t :> int);
  figure "fee_e8" (fee : Money.t :> int);
  figure "cash_e8" (account.cash :> int);
  figure "qty" account.position.qty;
  figure "cost_e8" (account.position.cost :> int);
  figure "realised_e8" (account.position.realised :> int)

let book worth account fill expected =
  match Json.to_list fill with
  | [ side_json; price; lots; ppm ] ->
    let side = side side_json and price = Scenario.price (int price) and qty = Scenario.qty (int lots) in
    let notional = bounded (Money.of_trade (rounding side) worth price qty) in
    let fee = bounded (Money.fee notional ~ppm:(int ppm)) in
    let closing_notional =
      match Qty.of_int (Position.closing account.position side qty) with
      | None -> Money.zero
      | Some closing -> bounded (Money.of_trade (rounding side) worth price closing)
    in
    let position, _ = bounded (Position.book account.position side qty ~notional ~closing_notional ~fee) in
    let moved =
      match side with Side.Buy -> Money.sub account.cash notional | Side.Sell -> Money.add account.cash notional
    in
    let account = { cash = bounded (Money.sub (bounded moved) fee); position } in
    check_row expected ~notional ~fee account;
    Alcotest.(check (result unit string)) "invariant" (Ok ()) (Position.invariant position);
    account
  | _ -> Alcotest.fail "a fill has four columns"

let money_case case =
  Alcotest.test_case (name case) `Quick (fun () ->
      let worth = worth case in
      let expected = (int (field "value_num" case), int (field "value_den" case)) in
      Alcotest.(check (pair int int)) "worth" expected (worth.num, worth.den);
      let last =
        List.fold_left2 (book worth) { cash = Money.zero; position = Position.flat } (items "fills" case)
          (items "after" case)
      in
      let bid = Scenario.price (int (field "bid" case)) and ask = Scenario.price (int (field "ask" case)) in
      let value = bounded (Position.value last.position worth ~bid ~ask) in
      Alcotest.(check int) "marked_value_e8" (int (field "marked_value_e8" case)) (value :> int))

let overflow_case case =
  Alcotest.test_case (name case) `Quick (fun () ->
      let price = Scenario.price (int (field "price" case)) and qty = Scenario.qty (int (field "qty" case)) in
      let fits =
        match Money.of_trade (rounding (side (field "side" case))) (worth case) price qty with
        | Ok (_ : Money.t) -> true
        | Error Money.Overflow -> false
      in
      Alcotest.(check bool) "fits" false fits)

(* {2 Frames} *)

let frame_file = "tests/vectors/frame/cases.json"
let bytes hex = String.init (String.length hex / 2) (fun i -> Char.chr (int_of_string ("0x" ^ String.sub hex (2 * i) 2)))
let hex case = bytes (Json.to_string (field "hex" case))

let best json =
  let text = Json.to_string (field "bin" json) in
  if text = "" then None else Price.of_int (Int64.to_int (String.get_int64_le (bytes (String.sub text 0 16)) 0))

let state json = Option.get (Quote.feed_state_of_number (int json))

let instrument json =
  match Json.to_list json with
  | [ _; symbol; _; _; tick; lot; qty_min; qty_max; notional_min; _ ] ->
    Result.get_ok
      (Instrument.make ~symbol:(Json.to_string symbol) ~tick_e8:(int tick) ~lot_e8:(int lot) ~qty_min:(int qty_min)
         ~qty_max:(int qty_max) ~notional_min_e8:(int notional_min))
  | _ -> Alcotest.fail "an instrument has ten elements"

(* What this reader keeps of each kind, from the listed value. *)
let body_of kind rest =
  match (kind, rest) with
  | 1, [ _; build; session; venue; simulated; clock; next_seq; catch_up; instruments ] ->
    Frames.Frame.Hello
      { build = Json.to_string build; session = Json.to_string session; venue = Json.to_string venue;
        simulated = Json.to_bool simulated; clock = Json.to_string clock; next_seq = int next_seq;
        catch_up = int catch_up; instruments = List.map instrument (Json.to_list instruments) }
  | 2, index :: _ :: _ :: _ :: feed :: bids :: asks :: _ ->
    Frames.Frame.Book { instrument = int index; state = state feed; bid = best bids; ask = best asks }
  | 3, _ -> Frames.Frame.Trade
  | 4, _ -> Frames.Frame.Candle
  | 5, index :: feed :: _ ->
    Frames.Frame.Status { instrument = (if int index < 0 then None else Some (int index)); state = state feed }
  | 6, _ -> Frames.Frame.Heartbeat
  | 7, [ from; _ ] -> Frames.Frame.Skipped { from = int from }
  | 8, reason :: _ -> Frames.Frame.Goodbye { reason = Json.to_string reason }
  | _ -> Alcotest.fail "a kind that this test does not know"

let frame_case case =
  Alcotest.test_case (name case) `Quick (fun () ->
      match Json.to_list (field "value" case) with
      | kind :: seq :: recv_ns :: rest ->
        let expected = { Frames.Frame.seq = int seq; recv_ns = int recv_ns; body = body_of (int kind) rest } in
        Alcotest.(check bool) "the same values" true (Frames.Frame.decode (hex case) = Ok expected)
      | _ -> Alcotest.fail "a frame has three elements at least")

let refused_case case =
  Alcotest.test_case (name case) `Quick (fun () ->
      let refusal =
        match Frames.Frame.decode (hex case) with
        | Ok _ -> "decoded"
        | Error refusal -> Frames.Frame.refusal_name refusal
      in
      Alcotest.(check string) "refusal" (Json.to_string (field "refusal" case)) refusal)

(* Every prefix of every frame is refused, never half read; every byte changed is read or refused, never an exception. *)
let no_exception case =
  let whole = hex case in
  for length = 0 to String.length whole - 1 do
    match Frames.Frame.decode (String.sub whole 0 length) with
    | Ok _ -> Alcotest.failf "%s: %d bytes of it are a frame" (name case) length
    | Error _ -> ()
  done;
  String.iteri
    (fun index char ->
       let changed = Bytes.of_string whole in
       Bytes.set changed index (Char.chr (Char.code char lxor 0x81));
       match Frames.Frame.decode (Bytes.to_string changed) with Ok _ | Error _ -> ())
    whole

let () =
  let money = cases money_file and frames = cases frame_file in
  Alcotest.run "vectors"
    [ ("money", List.map money_case (items "cases" money));
      ("money out of bounds", List.map overflow_case (items "overflow" money));
      ("frames", List.map frame_case (items "frames" frames));
      ("frames refused", List.map refused_case (items "refused" frames));
      ( "frames cut and changed",
        [ Alcotest.test_case "a frame is whole or refused" `Quick (fun () ->
              List.iter no_exception (items "frames" frames)) ] ) ]
