(* The core without anything around it: an account begins, is halted, and refuses nothing but by its own types. *)

open Risk

let money amount = match Money.of_int amount with Ok money -> money | Error Money.Overflow -> assert false

let limits =
  let some = money 1_000_000 in
  { Ruleset.market_age_max_ns = 1; order_notional_max = some; position_instrument_max = some; position_bot_max = some;
    position_portfolio_max = some; concentration_max_ppm = 1; leverage_max_ppm = 1; price_collar_ppm = 1;
    orders_per_second_max = 1; orders_per_minute_max = 1; orders_per_hour_max = 1; orders_per_day_max = 1;
    notional_per_day_max = Money.most; open_orders_max = 1;
    drawdown_max_ppm = 1; daily_loss_max = some; consecutive_losses_max = 1; approval_valid_ns = 1 }

let () =
  match
    Ruleset.make ~limits ~maker_fee_ppm:0 ~taker_fee_ppm:0 ~allow_short:false
      ~bots:[ ("one", money 1) ]
      ~version:"test"
  with
  | Error why -> failwith why
  | Ok rules ->
    let state, reply = Step.step (Step.start rules) (Step.Halted { reason = "a test"; event_ns = 0; command = 0 }) in
    assert (reply = Step.Standing);
    assert (State.halted_by state = Some Refusal.Trading_halted);
    assert (State.invariant state = Ok ())
