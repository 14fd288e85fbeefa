(* Whatever bytes come from outside: a parser either reads them or gives a named error. It never raises, what it
   allocates is bounded by what it read, the same bytes give the same answer, and what is read and printed reads the same
   again. Fed whole and cut at random places. FUZZ_CASES (default 4000 a target) and FUZZ_SEED choose another run. *)

open Risk

let number name default = Option.fold ~none:default ~some:int_of_string (Sys.getenv_opt name)
let cases = number "FUZZ_CASES" 4_000
let seed = number "FUZZ_SEED" 20_240_808

(* Words that a call may allocate whatever it reads, and for each byte of it. *)
let allocated_max = 200_000.
let allocated_a_byte = 4_000.
let hex text = String.concat "" (List.map (fun c -> Printf.sprintf "%02x" (Char.code c)) (List.of_seq (String.to_seq text)))

type target = { name : string; run : string -> unit; given : string array }

exception Broken of string

let broken format = Printf.ksprintf (fun text -> raise (Broken text)) format

(* One input; what breaks the sentence above is told with its bytes. *)
let held target text =
  let before = Gc.allocated_bytes () in
  (match target.run text with
   | () -> ()
   | exception Broken what -> Alcotest.failf "seed %d: %s: %s on %s" seed target.name what (hex text)
   | exception error -> Alcotest.failf "seed %d: %s raised %s on %s" seed target.name (Printexc.to_string error) (hex text));
  let allocated = Gc.allocated_bytes () -. before in
  if allocated > allocated_max +. (allocated_a_byte *. float_of_int (String.length text)) then
    Alcotest.failf "seed %d: %s allocated %.0f bytes on %s" seed target.name allocated (hex text)

let drive target =
  let draw = Mutator.make seed in
  Array.iter (held target) target.given;
  for _ = 1 to cases do
    let text = Mutator.input draw target.given in
    held target text;
    held target (String.sub text 0 (Mutator.below draw (String.length text)))
  done

(* {2 Targets} *)

let vectors =
  let cases = Yojson.Safe.from_file (Scenario.root_file "tests/vectors/frame/cases.json") in
  let list name = Yojson.Safe.Util.(to_list (member name cases)) in
  let bytes case =
    let hex = Yojson.Safe.Util.(to_string (member "hex" case)) in
    String.init (String.length hex / 2) (fun i -> Char.chr (int_of_string ("0x" ^ String.sub hex (2 * i) 2)))
  in
  Array.of_list (List.map bytes (list "frames" @ list "refused"))

let frame text =
  let once = Frames.Frame.decode text in
  if once <> Frames.Frame.decode text then broken "two answers";
  match once with
  | Error refusal -> if Frames.Frame.refusal_name refusal = "" then broken "a refusal without a name"
  | Ok { seq; recv_ns; body = _ } -> if seq < 0 || recv_ns < 0 then broken "a number below 0"

let build = "test"

let request reader text =
  match Risk_json.Request_json.read ~build text reader with
  | Ok _ -> ()
  | Error (Malformed reason) -> if reason = "" then broken "a refusal without a reason"
  | Error (Version_mismatch theirs) -> if String.equal theirs build then broken "our own build is refused"

(* An order that is read says the same when it is written and read again. *)
let order text =
  match Risk_json.Request_json.read ~build text Risk_json.Request_json.order with
  | Error _ -> ()
  | Ok order -> (
      let fields = ("build", `String build) :: Risk_json.Request_json.order_fields order in
      match Risk_json.Request_json.read ~build (Yojson.Safe.to_string (`Assoc fields)) Risk_json.Request_json.order with
      | Ok again -> if again <> order then broken "another order when it is read again"
      | Error _ -> broken "our own order is refused")

let event text =
  match Risk_json.Event_json.of_text text with
  | Error reason -> if reason = "" then broken "a refusal without a reason"
  | Ok (first, _) -> if Risk_json.Event_json.of_text text <> Ok (first, snd (Result.get_ok (Risk_json.Event_json.of_text text))) then broken "two answers"

let line text =
  let after = Risk_log.Record.genesis in
  match Risk_log.Record.read ~after ~seq:1 text with
  | Error reason -> if reason = "" then broken "a refusal without a reason"
  | Ok (payload, hash) ->
    let again, same = Risk_log.Record.line ~after ~seq:1 payload in
    if again <> text ^ "\n" || same <> hash then broken "another line when it is written again"

(* A whole log file: opened, it gives the records before the damage or names it; nothing in between. *)
let log_file =
  let path = Filename.temp_file "outside" ".log" in
  at_exit (fun () -> if Sys.file_exists path then Sys.remove path);
  fun text ->
    let file = open_out_bin path in
    output_string file text;
    close_out file;
    match Risk_log.Journal.verify ~path ~init:0 ~fold:(fun count ~seq:_ _ -> Ok (count + 1)) with
    | Ok (folded, seq, _) -> if folded <> seq then broken "%d records, %d folded" seq folded
    | Error fault -> if Risk_log.Journal.fault_text ~path fault = "" then broken "a fault without words"

let configuration text =
  match Risk_json.Config_json.read text with
  | Ok _ -> ()
  | Error reason -> if reason = "" then broken "a refusal without a reason"

(* {2 What they begin with} *)

let with_build fields = Yojson.Safe.to_string (`Assoc (("build", `String build) :: fields))

let orders =
  Array.of_list
    (List.map
       (fun kind -> with_build (Risk_json.Request_json.order_fields (Scenario.order 7 ~kind)))
       [ Order.Market; Order.Limit (Scenario.price 999_000); Order.Stop (Scenario.price 1_000_500) ])

let bodies =
  Array.append orders
    (Array.map with_build
       [| [ ("client_id", `String "a-1"); ("reason", `String "cancelled"); ("event_ns", `Int 5) ];
          [ ("deposit_id", `String "opening"); ("amount", `Int 100); ("event_ns", `Int 5) ];
          [ ("deposit_id", `String "opening"); ("amount_e8", `Int 100); ("event_ns", `Int 5) ];
          [ ("reason", `String "by hand"); ("event_ns", `Int 5) ];
          Risk_json.Ruleset_json.bots_field [ ("one", Scenario.money 5); ("two", Scenario.money 7) ];
          [ ("market_session", `String "s"); ("as_of_seq", `Int 1); ("event_ns", `Int 5); ("cash_e8", `Int 1); ("fills", `Int 0);
            ("positions", `List []) ] |])

let events =
  let state = Scenario.account Scenario.limits in
  let order = Scenario.order 7 in
  let asked = Step.Asked (order, Scenario.market) in
  let _, reply = Step.step state asked in
  let told event = Risk_json.Event_json.to_text event (snd (Step.step state event)) in
  [| Risk_json.Event_json.to_text asked reply; told (Step.Halted { reason = "h"; event_ns = 1; command = 0 });
     told (Step.Deposited { deposit_id = "d"; amount = Scenario.money 5; event_ns = 1 });
     told (Step.Ended { client_id = "a-1"; reason = "cancelled"; event_ns = 1 });
     told (Step.Employed { bots = [ ("three", Scenario.money 5) ]; version = "told" });
     told (Step.Listed [ Scenario.btc; Scenario.eth ]) |]

let lines =
  let _, lines =
    Array.fold_left
      (fun ((after, seq), lines) payload ->
         let line, hash = Risk_log.Record.line ~after ~seq payload in
         ((hash, seq + 1), line :: lines))
      ((Risk_log.Record.genesis, 1), [])
      events
  in
  Array.of_list (List.rev lines)

let first_line = [| String.sub lines.(0) 0 (String.length lines.(0) - 1) |]
let logs = [| String.concat "" (Array.to_list lines); lines.(0) ^ "2 torn"; lines.(0) ^ String.make 40 '\000' |]

let targets =
  [ { name = "frames"; run = frame; given = vectors };
    { name = "orders"; run = order; given = orders };
    { name = "fills"; run = request Risk_json.Request_json.fill; given = bodies };
    { name = "ends of orders"; run = request Risk_json.Request_json.ended; given = bodies };
    { name = "marks"; run = request Risk_json.Request_json.mark; given = bodies };
    { name = "deposits"; run = request Risk_json.Request_json.deposit; given = bodies };
    { name = "bots"; run = request Risk_json.Request_json.employed; given = bodies };
    { name = "halts"; run = request Risk_json.Request_json.spoken; given = bodies };
    { name = "events of the log"; run = event; given = events };
    { name = "lines of the log"; run = line; given = first_line };
    { name = "log files"; run = log_file; given = logs };
    { name = "configuration"; run = configuration; given = [| {|{"listen_unix":"/tmp/x","listen_tcp":null,"log":"l"}|} |] } ]

(* The harness can fail: a parser that raises on one byte among thousands is found. *)
let planted () =
  let run text = if String.contains text '\xff' then invalid_arg "planted" in
  match drive { name = "planted"; run; given = [| "{\"qty\":17}" |] } with
  | () -> Alcotest.fail "the planted defect was not found"
  | exception _ -> ()

let () =
  Alcotest.run "outside"
    [ ("bytes", List.map (fun target -> Alcotest.test_case target.name `Quick (fun () -> drive target)) targets);
      ("harness", [ Alcotest.test_case "a planted defect is found" `Quick planted ]) ]
