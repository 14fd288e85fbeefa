(* Refusals: name, number, meaning. *)

type t =
  | Version_mismatch
  | Trading_halted
  | Drawdown_breaker
  | Daily_loss
  | Consecutive_losses
  | Reconcile_mismatch
  | No_deposit
  | Time_went_back
  | Order_done
  | Unknown_instrument
  | Unknown_bot
  | Market_unseen
  | Market_not_live
  | Market_crossed
  | Stale_market
  | Lot_filter
  | Notional_filter
  | Order_size
  | Price_collar
  | Short_disabled
  | Insufficient_cash
  | Position_instrument
  | Position_bot
  | Position_portfolio
  | Concentration
  | Leverage
  | Open_orders
  | Orders_per_second
  | Orders_per_minute
  | Orders_per_hour
  | Arithmetic
  | Orders_per_day
  | Notional_per_day

let all =
  [ Version_mismatch; Trading_halted; Drawdown_breaker; Daily_loss; Consecutive_losses; Reconcile_mismatch; No_deposit;
    Time_went_back; Order_done; Unknown_instrument; Unknown_bot; Market_unseen; Market_not_live; Market_crossed;
    Stale_market; Lot_filter; Notional_filter; Order_size; Price_collar; Short_disabled; Insufficient_cash;
    Position_instrument; Position_bot; Position_portfolio; Concentration; Leverage; Open_orders; Orders_per_second;
    Orders_per_minute; Orders_per_hour; Arithmetic; Orders_per_day; Notional_per_day ]

let number = function
  | Version_mismatch -> 1
  | Trading_halted -> 2
  | Drawdown_breaker -> 3
  | Daily_loss -> 4
  | Consecutive_losses -> 5
  | Reconcile_mismatch -> 6
  | No_deposit -> 7
  | Time_went_back -> 8
  | Order_done -> 9
  | Unknown_instrument -> 10
  | Unknown_bot -> 11
  | Market_unseen -> 12
  | Market_not_live -> 13
  | Market_crossed -> 14
  | Stale_market -> 15
  | Lot_filter -> 16
  | Notional_filter -> 17
  | Order_size -> 18
  | Price_collar -> 19
  | Short_disabled -> 20
  | Insufficient_cash -> 21
  | Position_instrument -> 22
  | Position_bot -> 23
  | Position_portfolio -> 24
  | Concentration -> 25
  | Leverage -> 26
  | Open_orders -> 27
  | Orders_per_second -> 28
  | Orders_per_minute -> 29
  | Orders_per_hour -> 30
  | Arithmetic -> 31
  | Orders_per_day -> 32
  | Notional_per_day -> 33

let name = function
  | Version_mismatch -> "version_mismatch"
  | Trading_halted -> "trading_halted"
  | Drawdown_breaker -> "drawdown_breaker"
  | Daily_loss -> "daily_loss"
  | Consecutive_losses -> "consecutive_losses"
  | Reconcile_mismatch -> "reconcile_mismatch"
  | No_deposit -> "no_deposit"
  | Time_went_back -> "time_went_back"
  | Order_done -> "order_done"
  | Unknown_instrument -> "unknown_instrument"
  | Unknown_bot -> "unknown_bot"
  | Market_unseen -> "market_unseen"
  | Market_not_live -> "market_not_live"
  | Market_crossed -> "market_crossed"
  | Stale_market -> "stale_market"
  | Lot_filter -> "lot_filter"
  | Notional_filter -> "notional_filter"
  | Order_size -> "order_size"
  | Price_collar -> "price_collar"
  | Short_disabled -> "short_disabled"
  | Insufficient_cash -> "insufficient_cash"
  | Position_instrument -> "position_instrument"
  | Position_bot -> "position_bot"
  | Position_portfolio -> "position_portfolio"
  | Concentration -> "concentration"
  | Leverage -> "leverage"
  | Open_orders -> "open_orders"
  | Orders_per_second -> "orders_per_second"
  | Orders_per_minute -> "orders_per_minute"
  | Orders_per_hour -> "orders_per_hour"
  | Arithmetic -> "arithmetic"
  | Orders_per_day -> "orders_per_day"
  | Notional_per_day -> "notional_per_day"

let of_name text = List.find_opt (fun refusal -> String.equal (name refusal) text) all

let condition = function
  | Version_mismatch -> "the request's `build` is not this program's; answered as 426 before any rule is asked"
  | Trading_halted -> "an operator halted trading and nobody resumed it"
  | Drawdown_breaker -> "equity is further below its peak (since the last resume) than the limit; stays until resumed"
  | Daily_loss ->
    "equity is further below that of the UTC day's first mark than the limit; stays until a later day's first mark, or \
     resumed"
  | Consecutive_losses ->
    "as many trips (flat to flat, one bot and instrument, realised minus fees below 0) in a row as the limit; a trip \
     that does not lose ends the row"
  | Reconcile_mismatch -> "the trader's books and these differed; stays until resumed"
  | No_deposit -> "no deposit was ever made"
  | Time_went_back -> "`event_ns` is before that of an earlier event in the log"
  | Order_done -> "this id was reported done before it was asked about"
  | Unknown_instrument ->
    "the market session does not list the symbol, or lists it with other units than those of an open position"
  | Unknown_bot -> "there is no such bot: neither the configuration nor the trader since named it"
  | Market_unseen ->
    "no quote with both sides at `as_of_seq` of this `market_session` within `market_wait_ms`, or none ever for \
     something held"
  | Market_not_live -> "the feed's state of the instrument is not `live`"
  | Market_crossed -> "own best bid is at or above own best ask"
  | Stale_market -> "own quote's receive time is further from `event_ns` than the limit"
  | Lot_filter -> "`qty` is below the exchange's minimum or above its maximum"
  | Notional_filter -> "`qty` at the limit price, the trigger or the own opposite best is worth less than the minimum"
  | Order_size -> "the order's notional at its reservation price is above the limit"
  | Price_collar ->
    "`reference_price` (either way) or a limit price (the way that costs) is further from the own opposite best than \
     the limit; a stop's trigger is not compared"
  | Short_disabled ->
    "with shorts off, a sale of more than is held and not yet being sold; for reduce_only, on or off, either side: more \
     than is open and not yet being closed"
  | Insufficient_cash -> "a buy's notional and fee exceed the cash that open buys have not reserved"
  | Position_instrument -> "exposure in the instrument, all bots, would exceed the limit"
  | Position_bot -> "the bot's exposure would exceed the limit or the bot's capital, whichever is smaller"
  | Position_portfolio -> "exposure in all would exceed the limit"
  | Concentration -> "exposure in the instrument as a share of equity would exceed the limit"
  | Leverage -> "exposure in all as a share of equity would exceed the limit"
  | Open_orders -> "as many approvals are open as the limit"
  | Orders_per_second -> "as many orders were granted in the second before `event_ns` as the limit"
  | Orders_per_minute -> "as many orders were granted in the minute before `event_ns` as the limit"
  | Orders_per_hour -> "as many orders were granted in the hour before `event_ns` as the limit"
  | Arithmetic -> "a figure of any rule is beyond ±(2⁶² − 1)"
  | Orders_per_day -> "as many orders were granted in the UTC day of `event_ns` as the limit; asked after 30"
  | Notional_per_day ->
    "what was granted in the UTC day of `event_ns`, at reservation prices and filled or not, would exceed the limit; \
     asked last"

let limit = function
  | Drawdown_breaker -> Some "drawdown_max_ppm"
  | Daily_loss -> Some "daily_loss_max_e8"
  | Consecutive_losses -> Some "consecutive_losses_max"
  | Market_unseen -> Some "market_wait_ms"
  | Stale_market -> Some "market_age_max_ms"
  | Order_size -> Some "order_notional_max_e8"
  | Price_collar -> Some "price_collar_ppm"
  | Short_disabled -> Some "allow_short"
  | Position_instrument -> Some "position_instrument_max_e8"
  | Position_bot -> Some "position_bot_max_e8"
  | Position_portfolio -> Some "position_portfolio_max_e8"
  | Concentration -> Some "concentration_max_ppm"
  | Leverage -> Some "leverage_max_ppm"
  | Open_orders -> Some "open_orders_max"
  | Orders_per_second -> Some "orders_per_second_max"
  | Orders_per_minute -> Some "orders_per_minute_max"
  | Orders_per_hour -> Some "orders_per_hour_max"
  | Orders_per_day -> Some "orders_per_day_max"
  | Notional_per_day -> Some "notional_per_day_max_e8"
  | Version_mismatch | Trading_halted | Reconcile_mismatch | No_deposit | Time_went_back | Order_done
  | Unknown_instrument | Unknown_bot | Market_not_live | Market_crossed | Lot_filter | Notional_filter
  | Insufficient_cash | Arithmetic -> None

let cuts = function
  | Order_size | Short_disabled | Insufficient_cash | Position_instrument | Position_bot | Position_portfolio
  | Concentration | Leverage | Notional_per_day -> true
  | Version_mismatch | Trading_halted | Drawdown_breaker | Daily_loss | Consecutive_losses | Reconcile_mismatch
  | No_deposit | Time_went_back | Order_done | Unknown_instrument | Unknown_bot | Market_unseen | Market_not_live
  | Market_crossed | Stale_market | Lot_filter | Notional_filter | Price_collar | Open_orders | Orders_per_second
  | Orders_per_minute | Orders_per_hour | Orders_per_day | Arithmetic -> false

let lets_reduce_only_pass = function
  | Drawdown_breaker | Daily_loss | Consecutive_losses | Insufficient_cash | Position_instrument | Position_bot
  | Position_portfolio | Concentration | Leverage | Orders_per_hour | Orders_per_day | Notional_per_day -> true
  | Version_mismatch | Trading_halted | Reconcile_mismatch | No_deposit | Time_went_back | Order_done
  | Unknown_instrument | Unknown_bot | Market_unseen | Market_not_live | Market_crossed | Stale_market | Lot_filter
  | Notional_filter | Order_size | Price_collar | Short_disabled | Open_orders | Orders_per_second
  | Orders_per_minute | Arithmetic -> false

let row refusal =
  Printf.sprintf "| %d | `%s` | %s | %s | %s | %s |" (number refusal) (name refusal) (condition refusal)
    (match limit refusal with None -> "–" | Some key -> "`" ^ key ^ "`")
    (if cuts refusal then "cuts" else "refuses")
    (if lets_reduce_only_pass refusal then "passes" else "asked")

let table () =
  String.concat "\n"
    ("| no | refusal | when | limit | cuts `qty` or refuses | reduce_only |" :: "|---|---|---|---|---|---|"
     :: List.map row all)
