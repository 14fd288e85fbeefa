(* A naive account in unbounded integers. *)

open Risk

type grant = { order : Order.t; given : int; price : int }

type t = {
  grants : grant list;  (** newest first *)
  fills : Fill.t list;  (** newest first *)
  ended : string list;
  deposits : Z.t;
}

let empty = { grants = []; fills = []; ended = []; deposits = Z.zero }
let granted model order ~lots ~price = { model with grants = { order; given = lots; price } :: model.grants }
let filled model fill = { model with fills = fill :: model.fills }
let ended model id = { model with ended = id :: model.ended }
let deposited model amount = { model with deposits = Z.add model.deposits amount }
let sum_z amounts = List.fold_left Z.add Z.zero amounts

(* Ticks of 10⁻², lots of 10⁻⁵ and 10⁻⁴: a tick of a lot is worth 10 and 100. *)
let worth symbol = Z.of_int (if String.equal symbol "BTCUSDT" then 10 else 100)
let notional _side ~symbol ~price ~lots = Z.mul (worth symbol) (Z.mul (Z.of_int price) (Z.of_int lots))
let fee amount ~ppm = Z.cdiv (Z.mul amount (Z.of_int ppm)) (Z.of_int 1_000_000)
let lots_of (fill : Fill.t) = match fill.side with Side.Buy -> (fill.qty :> int) | Side.Sell -> -(fill.qty :> int)

let lots model ~bot ~symbol =
  List.fold_left
    (fun lots (fill : Fill.t) ->
       if String.equal fill.bot bot && String.equal fill.symbol symbol then lots + lots_of fill else lots)
    0 model.fills

let cash model =
  let moved (fill : Fill.t) =
    let amount = notional fill.side ~symbol:fill.symbol ~price:(fill.price :> int) ~lots:(abs (lots_of fill)) in
    let ppm = match fill.liquidity with Fill.Taker -> 1_000 | Fill.Maker -> 500 in
    Z.sub (match fill.side with Side.Buy -> Z.neg amount | Side.Sell -> amount) (fee amount ~ppm)
  in
  Z.add model.deposits (sum_z (List.map moved model.fills))

let left model grant =
  if List.mem grant.order.Order.client_id model.ended then 0
  else
    List.fold_left
      (fun left (fill : Fill.t) ->
         if String.equal fill.client_id grant.order.client_id then left - (fill.qty :> int) else left)
      grant.given model.fills

let open_grants model =
  List.filter_map
    (fun grant ->
       let left = left model grant in
       if left > 0 then Some (grant, left) else None)
    (List.rev model.grants)

let open_lots model = List.map (fun (grant, left) -> (grant.order, left)) (open_grants model)
let pairs = List.concat_map (fun bot -> [ (bot, "BTCUSDT"); (bot, "ETHUSDT") ]) [ "one"; "two" ]

let equity model ~asks =
  let value (bot, symbol) =
    let lots = lots model ~bot ~symbol in
    let price = if lots > 0 then asks symbol - 1 else asks symbol in
    Z.mul (worth symbol) (Z.mul (Z.of_int lots) (Z.of_int price))
  in
  Z.add (cash model) (sum_z (List.map value pairs))

type scope = Instrument of string | Bot of string | Portfolio

let reserved model (bot, symbol) side =
  sum_z
    (List.map
       (fun (grant, left) -> notional side ~symbol ~price:grant.price ~lots:left)
       (List.filter
          (fun (grant, _) ->
             String.equal grant.order.Order.bot bot
             && String.equal grant.order.symbol symbol && grant.order.side = side)
          (open_grants model)))

let gross model ~asks (bot, symbol) =
  let held = Z.mul (worth symbol) (Z.mul (Z.of_int (lots model ~bot ~symbol)) (Z.of_int (asks symbol))) in
  let bought = Z.add held (reserved model (bot, symbol) Side.Buy) in
  let sold = Z.sub held (reserved model (bot, symbol) Side.Sell) in
  Z.max (Z.abs bought) (Z.abs sold)

let exposure model ~asks scope =
  let wanted (bot, symbol) =
    match scope with
    | Instrument name -> String.equal name symbol
    | Bot name -> String.equal name bot
    | Portfolio -> true
  in
  sum_z (List.map (gross model ~asks) (List.filter wanted pairs))

let reserved_cash model ~fee_ppm =
  sum_z
    (List.map
       (fun (grant, left) ->
          let amount = notional Side.Buy ~symbol:grant.order.Order.symbol ~price:grant.price ~lots:left in
          Z.add amount (fee amount ~ppm:fee_ppm))
       (List.filter (fun (grant, _) -> grant.order.Order.side = Side.Buy) (open_grants model)))

let granted_since model ns =
  List.length (List.filter (fun grant -> grant.order.Order.event_ns > ns) model.grants)

let on day model = List.filter (fun grant -> grant.order.Order.event_ns / 86_400_000_000_000 = day) model.grants
let granted_on model day = List.length (on day model)

let notional_on model day =
  sum_z
    (List.map
       (fun { order; given; price } -> notional order.Order.side ~symbol:order.symbol ~price ~lots:given)
       (on day model))
