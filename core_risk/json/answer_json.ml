(* Replies as the bodies and statuses of API.md. *)

open Risk

type t = { status : int; body : Yojson.Safe.t }

let error status name detail = { status; body = `Assoc [ ("error", `String name); ("detail", `String detail) ] }
let answer ~build fields = { status = 200; body = `Assoc (("build", `String build) :: fields) }
let money (amount : Money.t) = `Int (amount :> int)
let or_null of_value = function None -> `Null | Some value -> of_value value
let log_seq (state : State.t) = ("log_seq", `Int state.log_seq)

(* A reply that [Step] never gives to this event: a defect of ours, said rather than hidden. *)
let unexpected what = error 500 "internal" (Printf.sprintf "an unexpected reply to %s" what)

(* {2 Orders} *)

let finding_json (finding : Finding.t) =
  `Assoc
    [ ("rule", `String (Refusal.name finding.rule)); ("value", `Int finding.value); ("limit", `Int finding.limit);
      ("ok", `Bool finding.ok) ]

let verdict_fields order (verdict : Verdict.t) =
  let qty = match Verdict.granted verdict.decision with None -> 0 | Some qty -> (qty :> int) in
  let refusal =
    match verdict.decision with
    | Verdict.Refuse refusal -> `String (Refusal.name refusal)
    | Verdict.Approve _ | Verdict.Reduce _ -> `Null
  in
  [ ("client_id", `String order.Order.client_id); ("order_hash", `String (Request_json.order_hash order));
    ("verdict", `String (Verdict.name verdict.decision)); ("qty", `Int qty); ("refusal", refusal);
    ("rules", `List (List.map finding_json verdict.findings)); ("event_ns", `Int verdict.event_ns);
    ("expires_ns", `Int verdict.expires_ns); ("limits_version", `String verdict.limits_version);
    ("log_seq", `Int verdict.log_seq) ]

let check ~build (order : Order.t) = function
  | Step.Decided verdict -> answer ~build (verdict_fields order verdict)
  | Step.Client_id_reused ->
    error 409 "client_id_reused" (Printf.sprintf "%S was asked about with other content" order.client_id)
  | Step.Noted | Not_employed _ | Fill_taken _ | Fill_disagrees _ | Fill_out_of_order _ | Fill_changed
  | Fill_unbookable | End_taken _ | Compared _ | Deposit_taken _ | Deposit_changed | Deposits_full | Deposit_unbookable | Standing | Not_resumed _ ->
    unexpected "a check"

(* {2 Fills} *)

let fill_answer ~build (fill : Fill.t) (state : State.t) ~duplicate =
  let position = State.position state ~bot:fill.bot ~symbol:fill.symbol in
  answer ~build
    [ ("fill_id", `Int fill.fill_id); ("duplicate", `Bool duplicate); ("fills", `Int state.fills);
      ("cash_e8", money state.cash);
      ( "position",
        `Assoc
          [ ("qty", `Int position.qty); ("cost_e8", money position.cost); ("realised_e8", money position.realised) ] );
      log_seq state ]

let disagreement (fill : Fill.t) (found : Booking.disagreement) =
  let figures = [ ("notional_e8", fill.notional, found.notional); ("fee_e8", fill.fee, found.fee) ] in
  { status = 422;
    body =
      `Assoc
        [ ("error", `String "fill_disagrees");
          ( "detail",
            `String
              (if found.covered then "notional or fee differs; it is booked as sent and trading is halted"
               else "no approval covers it; it is booked as sent and trading is halted") );
          ("covered", `Bool found.covered);
          ( "differences",
            `List
              (List.map
                 (fun (what, yours, ours) ->
                    `Assoc [ ("what", `String what); ("yours", money yours); ("ours", or_null money ours) ])
                 figures) ) ] }

let fill ~build sent state = function
  | Step.Fill_taken { duplicate } -> fill_answer ~build sent state ~duplicate
  | Step.Fill_disagrees found -> disagreement sent found
  | Step.Fill_out_of_order { next } ->
    error 409 "fill_out_of_order"
      (Printf.sprintf "fill %d came; %d is next, and of those before it only the latest %d can be repeated"
         sent.Fill.fill_id next State.recent_fills_max)
  | Step.Fill_changed -> error 409 "fill_changed" (Printf.sprintf "fill %d was booked with other content" sent.fill_id)
  | Step.Fill_unbookable -> error 422 "arithmetic" "a figure is out of bounds; it is not booked and trading is halted"
  | Step.Noted | Not_employed _ | Decided _ | Client_id_reused | End_taken _ | Compared _ | Deposit_taken _
  | Deposit_changed | Deposits_full | Deposit_unbookable | Standing | Not_resumed _ -> unexpected "a fill"

(* {2 The others} *)

let ended ~build ~client_id state = function
  | Step.End_taken { known } ->
    answer ~build [ ("client_id", `String client_id); ("known", `Bool known); log_seq state ]
  | Step.Noted | Not_employed _ | Decided _ | Client_id_reused | Fill_taken _ | Fill_disagrees _ | Fill_out_of_order _
  | Fill_changed | Fill_unbookable | Compared _ | Deposit_taken _ | Deposit_changed | Deposits_full | Deposit_unbookable | Standing
  | Not_resumed _ -> unexpected "the end of an order"

let trading_fields (state : State.t) =
  let reason =
    match (state.halt, State.halted_by state) with
    | Some words, _ -> Some words
    | None, Some refusal -> Some (Refusal.name refusal)
    | None, None -> None
  in
  [ ("trading", `String (if reason = None then "active" else "halted"));
    ("reason", or_null (fun words -> `String words) reason) ]

let difference_json (difference : Reconcile.difference) =
  `Assoc [ ("what", `String difference.what); ("yours", `Int difference.yours); ("ours", `Int difference.ours) ]

let mark_fields (marked : State.t) =
  let equity = Result.to_option (State.equity marked) in
  let drawdown = Option.bind equity (fun equity -> Result.to_option (State.drawdown_ppm marked ~equity)) in
  [ ("equity_e8", or_null money equity); ("peak_e8", money marked.peak);
    ("drawdown_ppm", or_null (fun ppm -> `Int ppm) drawdown);
    ("day_start_e8", or_null (fun (_, started) -> money started) marked.day);
    ("consecutive_losses", `Int marked.losses);
    ("reserved_e8", or_null money (Result.to_option (State.reserved_cash marked))) ]

let mark ~build state = function
  | Step.Compared { differences; marked } ->
    answer ~build
      ([ ("agree", `Bool (differences = [])); ("differences", `List (List.map difference_json differences)) ]
       @ trading_fields marked @ mark_fields marked @ [ log_seq state ])
  | Step.Noted | Not_employed _ | Decided _ | Client_id_reused | Fill_taken _ | Fill_disagrees _ | Fill_out_of_order _
  | Fill_changed | Fill_unbookable | End_taken _ | Deposit_taken _ | Deposit_changed | Deposits_full | Deposit_unbookable | Standing
  | Not_resumed _ -> unexpected "a mark"

let deposit ~build (state : State.t) = function
  | Step.Deposit_taken { duplicate } ->
    answer ~build [ ("duplicate", `Bool duplicate); ("cash_e8", money state.cash); log_seq state ]
  | Step.Deposit_changed -> error 409 "deposit_changed" "this deposit_id was booked with another amount"
  | Step.Deposits_full -> error 409 "deposits_full" (Printf.sprintf "%d deposits are the most" State.deposits_max)
  | Step.Deposit_unbookable -> error 422 "arithmetic" "cash would be out of bounds"
  | Step.Noted | Not_employed _ | Decided _ | Client_id_reused | Fill_taken _ | Fill_disagrees _ | Fill_out_of_order _
  | Fill_changed | Fill_unbookable | End_taken _ | Compared _ | Standing | Not_resumed _ -> unexpected "a deposit"

let standing ~build state = function
  | Step.Standing -> answer ~build (trading_fields state @ [ log_seq state ])
  | Step.Not_resumed symbol ->
    error 409 "market_unseen" (Printf.sprintf "equity has no figure: no price for %s; resume when it has one" symbol)
  | Step.Noted | Not_employed _ | Decided _ | Client_id_reused | Fill_taken _ | Fill_disagrees _ | Fill_out_of_order _
  | Fill_changed | Fill_unbookable | End_taken _ | Compared _ | Deposit_taken _ | Deposit_changed | Deposits_full
  | Deposit_unbookable -> unexpected "a halt or resume"

let employed ~build (state : State.t) = function
  | Step.Noted -> answer ~build [ ("limits_version", `String state.rules.version); log_seq state ]
  | Step.Not_employed why -> error 400 "malformed" why
  | Decided _ | Client_id_reused | Fill_taken _ | Fill_disagrees _ | Fill_out_of_order _ | Fill_changed
  | Fill_unbookable | End_taken _ | Compared _ | Deposit_taken _ | Deposit_changed | Deposits_full
  | Deposit_unbookable | Standing | Not_resumed _ -> unexpected "the bots there are"
