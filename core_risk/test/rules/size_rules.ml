(* Rules 16 to 21: filters, size, price, shorts, cash. *)

open Risk
open Scenario
open Row

let fresh () = account limits
let sized lots () = account { limits with order_notional_max = money (lots * reserved_per_lot) }
let holding lots () = hold (fresh ()) (order lots)
let sell = order ~side:Side.Sell
let limit ticks = Order.Limit (price ticks)
let stop ticks = Order.Stop (price ticks)

(* A lot bought costs 10,050,000 at its reservation price and 10,050 of fees. *)
let cash_per_lot = reserved_per_lot + 10_050

let cash deposit () =
  account ~deposit { limits with leverage_max_ppm = 2_000_000; concentration_max_ppm = 2_000_000 }

let asking_twice () = grant (holding 100 ()) (sell 60)

let suite =
  [ row "fewer lots than the exchange takes" fresh (order 1) "refuse lot_filter";
    row "more lots than the exchange takes" fresh (order 1_000_001) "refuse lot_filter";
    row "the exchange's most" fresh (order 1_000_000) "approve 1000000";
    row "less than the exchange's least notional" fresh (order 4) "refuse notional_filter";
    row "the exchange's least notional" fresh (order 5) "approve 5";
    row "a limit's own price is what the filter takes" fresh (order 5 ~kind:(limit 999_999)) "refuse notional_filter";
    row "the largest order" (sized 1_000) (order 1_000) "approve 1000";
    row "one lot more than the largest is cut" (sized 1_000) (order 1_001) "reduce 1000";
    row "what remains of a cut must pass the filters" (sized 4) (order 10) "refuse order_size";
    row "a limit to buy reserves its own price" (sized 1_000) (order 1_005 ~kind:(limit 1_000_000)) "approve 1005";
    row "a stop to buy reserves its trigger and the collar"
      (sized 1_000)
      (order 1_000 ~kind:(stop 2_000_000))
      "reduce 500";
    row "a reference price at the collar" fresh (order 5 ~reference:1_005_000) "approve 5";
    row "a reference price beyond the collar" fresh (order 5 ~reference:1_005_001) "refuse price_collar";
    row "a reference price below the collar" fresh (order 5 ~reference:994_999) "refuse price_collar";
    row "a limit to buy at the collar" fresh (order 5 ~kind:(limit 1_005_000)) "approve 5";
    row "a limit to buy beyond the collar" fresh (order 5 ~kind:(limit 1_005_001)) "refuse price_collar";
    row "a limit to buy far below the market costs nothing" fresh (order 100 ~kind:(limit 500_000)) "approve 100";
    row "a limit to sell beyond the collar" (holding 100) (sell 10 ~kind:(limit 994_999)) "refuse price_collar";
    row "a limit to sell far above the market costs nothing" (holding 100) (sell 10 ~kind:(limit 2_000_000)) "approve 10";
    row "a stop's trigger is not compared" (holding 100) (sell 10 ~kind:(stop 900_000)) "approve 10";
    row "what is not held is not sold" fresh (sell 10) "refuse short_disabled";
    row "a sale is cut to what is held" (holding 100) (sell 110) "reduce 100";
    row "what is being sold already is not sold again" asking_twice (sell 50) "reduce 40";
    row "another bot's lots are not this one's" (holding 100) (sell 10 ~bot:"two") "refuse short_disabled";
    row "with shorts on, what is not held is sold" (fun () -> account ~allow_short:true limits) (sell 10) "approve 10";
    row "all the cash, fees included" (cash (100 * cash_per_lot)) (order 100) "approve 100";
    row "one unit less cash is one lot less"
      (cash ((100 * cash_per_lot) - 1))
      (order 100) "reduce 99";
    row "cash that an open buy reserves is not there twice"
      (fun () -> grant (cash (100 * cash_per_lot) ()) (order 60))
      (order 50) "reduce 40";
    row "a figure out of bounds is refused by name" fresh
      (order 5 ~kind:(stop 4_600_000_000_000_000_000))
      "refuse arithmetic" ]
