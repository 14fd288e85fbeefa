(* Rules 27 to 30, 32 and 33: how many orders, and how much in a day. *)

open Risk
open Scenario
open Row

let second = 1_000_000_000
let limits = { limits with market_age_max_ns = 7_200 * second }
let granted ?(from = 0) count ~every limits () =
  List.fold_left
    (fun state index -> grant state (order 5 ~at:(t0 + from + (index * every)) ~id:(Printf.sprintf "g-%d" index)))
    (account limits)
    (List.init count Fun.id)

let at ns = order 5 ~at:(t0 + ns)
let per_second = { limits with orders_per_second_max = 3 }
let per_minute = { limits with orders_per_second_max = 3; orders_per_minute_max = 3 }
let per_hour = { limits with orders_per_second_max = 3; orders_per_minute_max = 3; orders_per_hour_max = 3 }
let hour = 3_600 * second
let day = 24 * hour
let midnight = day - (t0 mod day)

let per_day =
  { limits with
    market_age_max_ns = 7 * day; orders_per_second_max = 3; orders_per_minute_max = 3; orders_per_hour_max = 3;
    orders_per_day_max = 3 }

let granted_that_day count = granted ~from:midnight count ~every:(2 * hour) per_day

(* Of 12 lots, reserved at the price that a market order is reserved at. *)
let notional_per_day =
  { limits with notional_per_day_max = money (12 * reserved_per_lot); order_notional_max = money (12 * reserved_per_lot) }

let open_ = { limits with open_orders_max = 3 }

let refused_do_not_count () =
  let state = account per_second in
  List.fold_left
    (fun state index -> fst (ask state (order 1 ~id:(Printf.sprintf "r-%d" index))))
    state (List.init 10 Fun.id)

let first_ended () =
  step (granted 3 ~every:0 open_ ()) (Step.Ended { client_id = "g-0"; reason = "cancelled"; event_ns = t0 })

let first_filled () =
  let state = granted 3 ~every:0 open_ () in
  fill state (order 5 ~id:"g-0")

let first_cancelled_of_the_day () =
  step (granted 2 ~every:0 notional_per_day ()) (Step.Ended { client_id = "g-0"; reason = "cancelled"; event_ns = t0 })

let suite =
  [ row "the last of a second" (granted 2 ~every:0 per_second) (at 0) "approve 5";
    row "one more in a second" (granted 3 ~every:0 per_second) (at (second - 1)) "refuse orders_per_second";
    row "a second later" (granted 3 ~every:0 per_second) (at second) "approve 5";
    row "refused orders do not count" refused_do_not_count (at 0) "approve 5";
    row "one more in a minute" (granted 3 ~every:second per_minute) (at (60 * second - 1)) "refuse orders_per_minute";
    row "a minute later" (granted 3 ~every:second per_minute) (at (60 * second)) "approve 5";
    row "one more in an hour" (granted 3 ~every:(61 * second) per_hour) (at (3_600 * second - 1)) "refuse orders_per_hour";
    row "an hour later" (granted 3 ~every:(61 * second) per_hour) (at (3_600 * second)) "approve 5";
    row "the last of a day" (granted_that_day 2) (at (midnight + day - 1)) "approve 5";
    row "one more in a day" (granted_that_day 3) (at (midnight + day - 1)) "refuse orders_per_day";
    row "a UTC day later" (granted_that_day 3) (at (midnight + day)) "approve 5";
    row "a day's notional, to its last unit" (granted 1 ~every:0 notional_per_day) (order 7) "approve 7";
    row "more than is left of a day's notional" (granted 1 ~every:0 notional_per_day) (order 8) "reduce 7";
    row "nothing is left that the exchange would take" (granted 2 ~every:0 notional_per_day) (order 5)
      "refuse notional_per_day";
    row "what was cancelled counts all the same" first_cancelled_of_the_day (order 5) "refuse notional_per_day";
    row "a day's notional begins anew at midnight UTC" (granted 2 ~every:0 notional_per_day) (at midnight) "approve 5";
    row "a day's notional out of bounds is no order"
      (fun () -> { (granted 1 ~every:0 limits ()) with granted_today = Day.granted Day.none t0 (Ok Money.most) })
      (order 5) "refuse arithmetic";
    row "the last open order" (granted 2 ~every:0 open_) (at 0) "approve 5";
    row "one more open order" (granted 3 ~every:0 open_) (at 0) "refuse open_orders";
    row "an ended order makes room" first_ended (at 0) "approve 5";
    row "a filled order makes room" first_filled (at 0) "approve 5" ]
