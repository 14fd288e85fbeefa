(* Rules 22 to 26: exposure. Reservations count at 10,050,000 a lot, held lots at the ask: 10,000,000. *)

open Risk
open Scenario
open Row

let lots n = money (n * reserved_per_lot)
let instrument_max n = { limits with order_notional_max = lots n; position_instrument_max = lots n }
let bot_max n = { limits with order_notional_max = lots n; position_bot_max = lots n }

let portfolio_max n =
  { limits with
    order_notional_max = lots n; position_instrument_max = lots n; position_bot_max = lots n;
    position_portfolio_max = lots n }

let with_ limits () = account limits
let reserved limits before () = grant (account limits) before
let eth lots = order lots ~symbol:"ETHUSDT"
let two lots = order lots ~bot:"two"
let sell = order ~side:Side.Sell

(* Shorts of 100 lots, at the ask 10⁹. *)
let short limits () = hold (account ~allow_short:true limits) (sell 100)

(* Equity 10¹⁰: a thousand lots at the ask, were it not for the collar. *)
let share limits () = account ~deposit:10_000_000_000 limits

let suite =
  [ row "an instrument's most" (with_ (instrument_max 100)) (order 100) "approve 100";
    row "what is reserved counts" (reserved (instrument_max 100) (order 60)) (order 50) "reduce 40";
    row "both bots count for the instrument" (reserved (instrument_max 100) (two 60)) (order 50) "reduce 40";
    row "another instrument does not" (reserved (instrument_max 100) (order 60)) (eth 8) "approve 8";
    row "what is held counts at the ask"
      (fun () -> hold (account (instrument_max 100)) (order 60))
      (order 50) "reduce 40";
    row "one unit less than it takes costs a lot"
      (reserved { (instrument_max 60) with position_instrument_max = money ((100 * reserved_per_lot) - 1) } (order 60))
      (order 40) "reduce 39";
    row "nothing is left" (reserved (instrument_max 100) (order 100)) (order 50) "refuse position_instrument";
    row "a bot's most" (reserved (bot_max 100) (order 60)) (eth 8) "reduce 4";
    row "another bot has its own" (reserved (bot_max 100) (order 60)) (two 50) "approve 50";
    row "a bot's capital is its limit too"
      (fun () ->
         account
           ~bots:[ ("one", 100 * reserved_per_lot); ("two", 1_000_000_000_000_000) ]
           limits)
      (order 120) "reduce 100";
    row "all bots and instruments count for the portfolio" (reserved (portfolio_max 100) (two 60)) (eth 8) "reduce 4";
    row "half of equity in one instrument"
      (share { limits with concentration_max_ppm = 500_000 })
      (order 600) "reduce 497";
    row "the other half in another"
      (fun () -> grant (share { limits with concentration_max_ppm = 500_000 } ()) (order 490))
      (eth 49) "approve 49";
    row "leverage"
      (fun () ->
         grant (share { limits with concentration_max_ppm = 600_000; leverage_max_ppm = 700_000 } ()) (order 400))
      (eth 40) "reduce 29";
    row "a sale that opens a short counts"
      (short (instrument_max 150))
      (sell 60) "reduce 50";
    row "a buy that closes a short makes room"
      (short (instrument_max 150))
      (order 150) "approve 150";
    row "a buy through a short stops at the limit on the other side"
      (short
         { limits with order_notional_max = money 3_000_000_000; position_instrument_max = money 3_000_000_000 })
      (order 600) "reduce 298" ]
