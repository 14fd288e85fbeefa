(* Rules 10 to 15: instrument, bot, market. *)

open Risk
open Scenario
open Row

let fresh () = account limits
let small = order 5
let only quote = Quote.Seen [ quote ]
let age_max = limits.market_age_max_ns

let other_units =
  Result.get_ok
    (Instrument.make ~symbol:"BTCUSDT" ~tick_e8:100_000 ~lot_e8:1_000 ~qty_min:2 ~qty_max:0 ~notional_min_e8:0)

let states =
  List.map
    (fun state ->
       let outcome = if state = Quote.Live then "approve 5" else "refuse market_not_live" in
       row ("a market that is " ^ Quote.feed_state_name state) ~market:(only (quote "BTCUSDT" ~state)) fresh small outcome)
    Quote.[ Disconnected; Resyncing; Live; Stale; Crossed; Halted; Geo_blocked; Banned ]

let employing bots state = step state (Step.Employed { bots; version = "told" })
let a_third () = employing [ ("one", money 1_000_000_000_000); ("three", money 1_000_000_000) ] (fresh ())

let suite =
  [ row "a symbol that no session listed" fresh (order 5 ~symbol:"SOLUSDT") "refuse unknown_instrument";
    row "a symbol that this session does not list" (fun () -> step (fresh ()) (Step.Listed [ eth ])) small
      "refuse unknown_instrument";
    row "a symbol of which nothing is known while nothing is seen" ~market:Quote.Unseen fresh (order 5 ~symbol:"SOLUSDT")
      "refuse market_unseen";
    row "a symbol in other units than what is held"
      (fun () -> step (hold (fresh ()) (order 5)) (Step.Listed [ other_units; eth ]))
      (order 6) "refuse unknown_instrument";
    row "a symbol back in the units of what is held"
      (fun () -> step (step (hold (fresh ()) (order 5)) (Step.Listed [ other_units; eth ])) (Step.Listed [ btc; eth ]))
      (order 6) "approve 6";
    row "a bot that is not configured" fresh (order 5 ~bot:"three") "refuse unknown_bot";
    row "a bot that the trader named since" a_third (order 5 ~bot:"three") "approve 5";
    row "a bot that it names no more" a_third (order 5 ~bot:"two") "refuse unknown_bot";
    row "a named bot within its capital" a_third (order 200 ~bot:"three") "reduce 99";
    row "the same bots named again change nothing"
      (fun () ->
         let before = a_third () in
         let after = employing before.rules.bots before in
         assert (after == before);
         after)
      (order 5 ~bot:"three") "approve 5";
    row "a configuration as it was keeps the bots that were named"
      (fun () -> step (a_third ()) (Step.Configured (rules limits)))
      (order 5 ~bot:"three") "approve 5";
    row "another configuration does not"
      (fun () -> step (a_third ()) (Step.Configured (rules { limits with open_orders_max = 7 })))
      (order 5 ~bot:"three") "refuse unknown_bot";
    row "more bots than there may be change nothing"
      (fun () -> employing (List.init 9 (fun index -> (Printf.sprintf "b%d" index, money 5))) (fresh ()))
      small "approve 5";
    row "a market that was not seen in time" ~market:Quote.Unseen fresh small "refuse market_unseen";
    row "a symbol without a quote" ~market:(only (quote "ETHUSDT")) fresh small "refuse market_unseen";
    row "a book without bids" ~market:(only (quote "BTCUSDT" ~bid:0)) fresh small "refuse market_unseen";
    row "a book without asks" ~market:(only (quote "BTCUSDT" ~ask:0)) fresh small "refuse market_unseen";
    row "another symbol's missing price matters while it is reserved"
      ~market:(only (quote "BTCUSDT"))
      (fun () -> { (grant (fresh ()) (order 5 ~symbol:"ETHUSDT")) with prices = State.Symbols.empty })
      small "refuse market_unseen";
    row "a bid at the ask" ~market:(only (quote "BTCUSDT" ~bid:1_000_000)) fresh small "refuse market_crossed";
    row "a bid above the ask" ~market:(only (quote "BTCUSDT" ~bid:1_000_001)) fresh small "refuse market_crossed";
    row "a quote at its greatest age" ~market:(only (quote "BTCUSDT" ~recv_ns:(t0 - age_max))) fresh small "approve 5";
    row "a quote beyond its greatest age"
      ~market:(only (quote "BTCUSDT" ~recv_ns:(t0 - age_max - 1)))
      fresh small "refuse stale_market";
    row "an order far before its quote"
      ~market:(only (quote "BTCUSDT" ~recv_ns:(t0 + age_max + 1)))
      fresh small "refuse stale_market" ]
  @ states
