(* Rules 2 to 9: how the account stands. *)

open Risk
open Scenario
open Row

let fresh () = account limits
let small = order 5
let halted () = step (fresh ()) (Step.Halted { reason = "the operator says so"; event_ns = t0; command = 0 })
let numbered_halt command state = step state (Step.Halted { reason = "numbered"; event_ns = t0; command })
let numbered_resume command state = step state (Step.Resumed { reason = "numbered"; event_ns = t0; command; market })
let resumed state = step state (Step.Resumed { reason = "all is well"; event_ns = t0; command = 0; market })

(* Holds 10,000 lots bought at the ask, worth 10¹¹; equity begins at 10¹². *)
let invested ?(limits = limits) () = mark (hold (account ~deposit:1_000_000_000_000 limits) (order 10_000))

let falling ~bid = Quote.Seen [ quote "BTCUSDT" ~bid ~ask:(bid + 1) ]
let marked_at ~bid ?at state = mark ~market:(falling ~bid) ?at state

(* Equity is 10¹² at the deposit. With 10,000 lots a tick is worth 10⁵; bought at 1,000,000 with a fee of 10⁸. *)
let equity_at bid = 1_000_000_000_000 - 100_000_000 - ((1_000_000 - bid) * 100_000)
let drop ~ppm = { limits with drawdown_max_ppm = ppm }
let daily amount = { limits with daily_loss_max = money amount }

let lost_trip state index =
  let at = t0 + index in
  let buy = order 10 ~at ~id:(Printf.sprintf "buy-%d" index) in
  let sell = order 10 ~at ~side:Side.Sell ~id:(Printf.sprintf "sell-%d" index) in
  hold (hold state buy) sell

let won_trip state index =
  let at = t0 + index in
  let buy = order 10 ~at ~id:(Printf.sprintf "buy-%d" index) in
  let sell = order 10 ~at ~side:Side.Sell ~id:(Printf.sprintf "sell-%d" index) in
  fill ~price:1_010_000 (grant (hold state buy) sell) sell

let losses count () =
  List.fold_left lost_trip (account { limits with consecutive_losses_max = 3 }) (List.init count Fun.id)

let mismatched () =
  step (fresh ())
    (Step.Marked
       { market_session = "s-1"; as_of_seq = 100; event_ns = t0; market;
         books = { Reconcile.cash_e8 = 1; fills = 0; holdings = [] } })

let done_before_asked () =
  step (fresh ()) (Step.Ended { client_id = small.client_id; reason = "never sent"; event_ns = t0 })

let next_day = t0 + (12 * 3_600 * 1_000_000_000)

let suite =
  [ row "a small order is approved" fresh small "approve 5";
    row "nothing is approved after a halt" halted small "refuse trading_halted";
    row "a resume takes a halt back" (fun () -> resumed (halted ())) small "approve 5";
    row "a numbered resume that comes again takes no later halt back"
      (fun () -> fresh () |> numbered_halt 7 |> numbered_resume 8 |> numbered_halt 9 |> numbered_resume 8)
      small "refuse trading_halted";
    row "a numbered halt that comes again after its resume halts nothing"
      (fun () -> fresh () |> numbered_halt 7 |> numbered_resume 8 |> numbered_halt 7)
      small "approve 5";
    row "a numbered resume of nothing is remembered"
      (fun () -> fresh () |> numbered_resume 8 |> numbered_halt 7)
      small "approve 5";
    row "no_deposit_no_order" (fun () -> account ~deposit:0 limits) small "refuse no_deposit";
    row "an event before an earlier one is refused" (fun () -> grant (fresh ()) (order 5 ~at:(t0 + 1))) small
      "refuse time_went_back";
    row "the same moment is not before" (fun () -> grant (fresh ()) (order 6)) small "approve 5";
    row "an id that was done before it was asked about stays done" done_before_asked small "refuse order_done";
    row "books that differ halt" mismatched small "refuse reconcile_mismatch";
    row "a resume takes a mismatch back" (fun () -> resumed (mismatched ())) small "approve 5";
    (* The limit is the last figure that is allowed: 10,1 ‰ below the peak of 10¹². *)
    row "drawdown at its limit trades"
      ~market:(falling ~bid:900_000)
      (fun () -> invested ~limits:(drop ~ppm:10_100) () |> marked_at ~bid:900_000)
      (order 6 ~reference:900_001) "approve 6";
    row "drawdown beyond its limit does not trade"
      ~market:(falling ~bid:899_999)
      (fun () -> invested ~limits:(drop ~ppm:10_100) ())
      (order 5 ~reference:900_000) "refuse drawdown_breaker";
    row "a tripped breaker stays when the market comes back"
      (fun () -> invested ~limits:(drop ~ppm:10_100) () |> marked_at ~bid:899_999 |> mark)
      small "refuse drawdown_breaker";
    row "a resume takes the breaker back"
      ~market:(falling ~bid:899_999)
      (fun () ->
         let tripped = invested ~limits:(drop ~ppm:10_100) () |> marked_at ~bid:899_999 in
         step tripped (Step.Resumed { reason = "seen"; event_ns = t0; command = 0; market = falling ~bid:899_999 }))
      (order 6 ~reference:900_000) "approve 6";
    row "the day's loss at its limit trades"
      ~market:(falling ~bid:900_000)
      (fun () -> invested ~limits:(daily ((equity_at 999_999) - (equity_at 900_000))) ())
      (order 6 ~reference:900_001) "approve 6";
    row "the day's loss beyond its limit does not trade"
      ~market:(falling ~bid:899_999)
      (fun () -> invested ~limits:(daily ((equity_at 999_999) - (equity_at 900_000))) ())
      (order 5 ~reference:900_000) "refuse daily_loss";
    row "the day's loss stays when the market comes back"
      (fun () -> invested ~limits:(daily 1_000_000_000) () |> marked_at ~bid:900_000 |> mark)
      small "refuse daily_loss";
    row "a new day's first mark begins a new loss"
      ~market:(Quote.Seen [ quote "BTCUSDT" ~recv_ns:next_day ])
      (fun () -> invested ~limits:(daily 1_000_000_000) () |> marked_at ~bid:900_000 |> mark ~at:next_day)
      (order 5 ~at:next_day) "approve 5";
    row "one loss below the limit trades" (losses 2) (order 5 ~at:(t0 + 9)) "approve 5";
    row "losses in a row at the limit do not trade" (losses 3) (order 5 ~at:(t0 + 9)) "refuse consecutive_losses";
    row "a trip that wins ends the row"
      (fun () -> lost_trip (won_trip (losses 2 ()) 7) 8)
      (order 5 ~at:(t0 + 9)) "approve 5" ]
