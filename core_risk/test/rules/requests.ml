(* Bodies, strictly. *)

module Request = Risk_json.Request_json

let whole =
  {|{"build":"b","client_id":"one-1","bot":"one","symbol":"BTCUSDT","side":"buy","type":"limit","qty":1200,"limit_price":6183764,"reference_price":6183764,"reduce_only":false,"market_session":"s-1","as_of_seq":5120,"event_ns":1723161301000000000}|}

(* [whole] with one field's text replaced. *)
let with_ field value =
  match Yojson.Safe.from_string whole with
  | `Assoc fields ->
    let replaced (name, old) = (name, if String.equal name field then Yojson.Safe.from_string value else old) in
    Yojson.Safe.to_string (`Assoc (List.map replaced fields))
  | _ -> Alcotest.fail "an object"

let without field =
  match Yojson.Safe.from_string whole with
  | `Assoc fields -> Yojson.Safe.to_string (`Assoc (List.remove_assoc field fields))
  | _ -> Alcotest.fail "an object"

let read body =
  match Request.read ~build:"b" body Request.order with
  | Ok order -> "read: " ^ order.client_id
  | Error (Request.Malformed reason) -> reason
  | Error (Request.Version_mismatch theirs) -> "build " ^ theirs

let row name body expected = Alcotest.test_case name `Quick (fun () -> Alcotest.(check string) name expected (read body))
let bounds = "-9223372036854775808"

let field_rows =
  List.map
    (fun (name, field, value, expected) -> row name (with_ field value) expected)
    [ ("a fraction", "qty", "1.5", {|field "qty" must be an integer|});
      ("a float that is whole", "qty", "1200.0", {|field "qty" must be an integer|});
      ("zero lots", "qty", "0", {|field "qty" must be 1 to 4611686018427387903|});
      ("fewer than none", "qty", "-1", {|field "qty" must be 1 to 4611686018427387903|});
      ("the bound", "qty", "4611686018427387903", "read: one-1");
      ("beyond the bound", "qty", "4611686018427387904", {|field "qty" must be 1 to 4611686018427387903|});
      ("beyond 64 bits", "qty", "99999999999999999999", {|field "qty" must be 1 to 4611686018427387903|});
      ("the lowest of 64 bits", "qty", bounds, {|field "qty" must be 1 to 4611686018427387903|});
      ("a number as text", "qty", {|"1200"|}, {|field "qty" must be an integer|});
      ("NaN", "qty", "NaN", {|field "qty" must be an integer|});
      ("a limit order without a limit", "limit_price", "null", {|field "limit_price" must be a price for a limit or stop order|});
      ("a market order with a limit", "type", {|"market"|}, {|field "limit_price" must be null for a market order|});
      ("an unknown type", "type", {|"iceberg"|}, {|field "type" must be one of: market, limit, stop|});
      ("an unknown side", "side", {|"BUY"|}, {|field "side" must be one of: buy, sell|});
      ("an id with a bar", "client_id", {|"one|1"|}, {|field "client_id" must be 1 to 64 letters, digits or . _ : / -|});
      ("an empty id", "client_id", {|""|}, {|field "client_id" must be 1 to 64 letters, digits or . _ : / -|});
      ("a time too far ahead", "event_ns", "4000000000000000001", {|field "event_ns" must be 0 to 4000000000000000000|});
      ("a bool as a number", "reduce_only", "0", {|field "reduce_only" must be true or false|});
      ("another build", "build", {|"c"|}, "build c") ]

let suite =
  [ row "a whole order" whole "read: one-1";
    row "a missing field" (without "as_of_seq") {|field "as_of_seq" is missing|};
    row "a missing build" (without "build") {|field "build" is missing|};
    row "an unknown field"
      ("{\"leverage\":2," ^ String.sub whole 1 (String.length whole - 1))
      {|unknown field "leverage"|};
    row "a field twice" ("{\"qty\":1," ^ String.sub whole 1 (String.length whole - 1)) {|field "qty" appears twice|};
    row "no object" "[]" "the body must be an object";
    row "another build is said before anything else is read" {|{"build":"c","new":[]}|} "build c";
    Alcotest.test_case "what is no JSON is refused, however deep" `Quick (fun () ->
        List.iter
          (fun body ->
             match Request.read ~build:"b" body Request.order with
             | Error (Request.Malformed _) -> ()
             | Ok _ | Error (Request.Version_mismatch _) -> Alcotest.fail body)
          [ ""; "{"; "\xff\xfe"; "null"; String.make 60_000 '['; "{\"build\":"; "{}{}" ]);
    Alcotest.test_case "the order hash is of what was sent" `Quick (fun () ->
        List.iter
          (fun (body, reduce_only) ->
             match Request.read ~build:"b" body Request.order with
             | Ok order ->
               let content = "one-1|one|BTCUSDT|buy|limit|1200|6183764|" ^ reduce_only ^ "|1723161301000000000" in
               Alcotest.(check string) "hash" (Sha256.to_hex (Sha256.string content)) (Request.order_hash order)
             | Error _ -> Alcotest.fail "not read")
          [ (whole, "false"); (with_ "reduce_only" "true", "true") ]) ]
  @ field_rows
