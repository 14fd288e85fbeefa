(* Rules 27 to 30 and 32: how many orders. Figures include the order asked about. *)

type rule = State.t -> Order.t -> (Finding.t, Finding.t) result

let second_ns = 1_000_000_000

let open_orders (state : State.t) _order =
  Finding.at_most Refusal.Open_orders
    ~value:(State.Symbols.cardinal state.open_orders + 1)
    ~limit:state.rules.limits.open_orders_max

let rate refusal ~window_ns ~limit (state : State.t) (order : Order.t) =
  Finding.at_most refusal ~value:(Window.count_after state.granted (order.event_ns - window_ns) + 1) ~limit

let orders_per_second (state : State.t) =
  rate Refusal.Orders_per_second ~window_ns:second_ns ~limit:state.rules.limits.orders_per_second_max state

let orders_per_minute (state : State.t) =
  rate Refusal.Orders_per_minute ~window_ns:(60 * second_ns) ~limit:state.rules.limits.orders_per_minute_max state

let orders_per_hour (state : State.t) =
  rate Refusal.Orders_per_hour ~window_ns:(3_600 * second_ns) ~limit:state.rules.limits.orders_per_hour_max state

let orders_per_day (state : State.t) (order : Order.t) =
  let today = Day.at state.granted_today order.event_ns in
  Finding.at_most Refusal.Orders_per_day ~value:(today.orders + 1) ~limit:state.rules.limits.orders_per_day_max

let all =
  [ (Refusal.Open_orders, open_orders);
    (Refusal.Orders_per_second, orders_per_second);
    (Refusal.Orders_per_minute, orders_per_minute);
    (Refusal.Orders_per_hour, orders_per_hour);
    (Refusal.Orders_per_day, orders_per_day) ]
