(* The whole account as JSON. *)

open Risk

let money (amount : Money.t) = `Int (amount :> int)
let or_null of_value = function None -> `Null | Some value -> of_value value

let position_json ((bot, symbol), (position : Position.t)) =
  `Assoc
    [ ("bot", `String bot); ("symbol", `String symbol); ("qty", `Int position.qty); ("cost_e8", money position.cost);
      ("realised_e8", money position.realised) ]

let open_order_json (_, (reservation : Reservation.t)) =
  `Assoc
    (Request_json.order_fields reservation.order
     @ [ ("remaining", `Int (reservation.remaining :> int)); ("reserved_price", `Int (reservation.price :> int));
         ("reserved_notional_e8", or_null money (Result.to_option (Reservation.notional reservation)));
         ("log_seq", `Int reservation.verdict.log_seq) ])

let fields (state : State.t) =
  let equity = Result.to_option (State.equity state) in
  let drawdown = Option.bind equity (fun equity -> Result.to_option (State.drawdown_ppm state ~equity)) in
  Answer_json.trading_fields state
  @ [ ("cash_e8", money state.cash); ("fills", `Int state.fills); ("commands", `Int state.commands);
      ("positions", `List (List.map position_json (State.Pairs.bindings state.positions)));
      ("open_orders", `List (List.map open_order_json (State.Symbols.bindings state.open_orders)));
      ("reserved_e8", or_null money (Result.to_option (State.reserved_cash state)));
      ("equity_e8", or_null money equity); ("peak_e8", money state.peak);
      ("drawdown_ppm", or_null (fun ppm -> `Int ppm) drawdown);
      ("day_start_e8", or_null (fun (_, started) -> money started) state.day);
      ("consecutive_losses", `Int state.losses); ("event_ns", `Int state.event_ns); ("log_seq", `Int state.log_seq);
      ("limits_version", `String state.rules.version) ]

(* A state is plain data: maps built by the same steps have the same shape, and so the same bytes. *)
let digest (state : State.t) = Sha256.to_hex (Sha256.string (Marshal.to_string state [ Marshal.No_sharing ]))
