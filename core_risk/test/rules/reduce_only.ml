(* What a reduce_only order passes, and what not. *)

open Risk
open Scenario
open Row

let closing = order ~side:Side.Sell ~reduce_only:true
let holding ?(limits = limits) lots () = hold (account limits) (order lots)
let down bid = Quote.Seen [ quote "BTCUSDT" ~bid ~ask:(bid + 1) ]

let after_breaker () =
  let held = hold (account ~deposit:1_000_000_000_000 { limits with drawdown_max_ppm = 1_000 }) (order 10_000) in
  mark ~market:(down 900_000) (mark held)

let after_daily_loss () =
  let held = hold (account ~deposit:1_000_000_000_000 { limits with daily_loss_max = money 1_000 }) (order 10_000) in
  mark ~market:(down 990_000) (mark held)

let narrowed state limits = step state (Step.Configured (rules limits))

let suite =
  [ row "passes the breaker" after_breaker (closing 100) "approve 100";
    row "an ordinary sale does not" after_breaker (order ~side:Side.Sell 100) "refuse drawdown_breaker";
    row "passes the day's loss" after_daily_loss (closing 100) "approve 100";
    row "passes losses in a row"
      (fun () -> { (holding 100 ()) with losses = 1_000 })
      (closing 100) "approve 100";
    row "passes the limits of positions"
      (fun () ->
         narrowed (holding 100 ())
           { limits with
             position_instrument_max = money 1_000_000_000; order_notional_max = money 1_000_000_000;
             concentration_max_ppm = 1 })
      (closing 90) "approve 90";
    row "passes the hour's rate"
      (fun () ->
         narrowed (holding 100 ())
           { limits with orders_per_second_max = 2; orders_per_minute_max = 2; orders_per_hour_max = 2 })
      (closing 90) "approve 90";
    row "passes the caps of the day"
      (fun () ->
         narrowed (holding 100 ())
           { limits with
             orders_per_second_max = 2; orders_per_minute_max = 2; orders_per_hour_max = 2; orders_per_day_max = 2;
             order_notional_max = money 1_000_000_000; notional_per_day_max = money 1_000_000_000 })
      (closing 90) "approve 90";
    row "does not pass the second's rate"
      (fun () -> narrowed (holding 100 ()) { limits with orders_per_second_max = 1 })
      (closing 90) "refuse orders_per_second";
    row "does not pass an operator's halt"
      (fun () -> step (holding 100 ()) (Step.Halted { reason = "stop"; event_ns = t0; command = 0 }))
      (closing 90) "refuse trading_halted";
    row "does not pass a mismatch" (fun () -> { (holding 100 ()) with mismatch = true }) (closing 90)
      "refuse reconcile_mismatch";
    row "does not pass an unseen market" ~market:Quote.Unseen (holding 100) (closing 90) "refuse market_unseen";
    row "does not pass a stale market"
      ~market:(Quote.Seen [ quote "BTCUSDT" ~recv_ns:0 ])
      (holding 100) (closing 90) "refuse stale_market";
    row "does not pass a crossed market"
      ~market:(Quote.Seen [ quote "BTCUSDT" ~bid:1_000_001 ])
      (holding 100)
      (closing 90 ~reference:1_000_001)
      "refuse market_crossed";
    row "does not pass the filters" (holding 100) (closing 1) "refuse lot_filter";
    row "is cut to what is open" (holding 100) (closing 150) "reduce 100";
    row "is cut to what is not being closed already" (fun () -> grant (holding 100 ()) (closing 60)) (closing 70)
      "reduce 40";
    row "with nothing open is refused" (fun () -> account limits) (closing 50) "refuse short_disabled";
    row "with shorts on is refused all the same" (fun () -> account ~allow_short:true limits) (closing 50)
      "refuse short_disabled";
    row "closes a short by buying"
      (fun () -> hold (account ~allow_short:true limits) (order ~side:Side.Sell 100))
      (order ~reduce_only:true 150) "reduce 100";
    row "never adds to a position" (holding 100) (order ~reduce_only:true 50) "refuse short_disabled" ]
