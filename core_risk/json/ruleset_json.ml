(* Limits, fees and bots. *)

open Risk

let ms_ns = 1_000_000
let duration_ms_max = 86_400_000
let any_int fields name = Fields.int fields name ~min:(-max_int) ~max:max_int
let any_money fields name = Fields.money fields name ~min:(-max_int)
let duration fields name = ms_ns * Fields.int fields name ~min:0 ~max:duration_ms_max

let limits ~may_lack_day_caps fields =
  let day_cap read ~none name =
    if may_lack_day_caps then Option.value (Fields.maybe fields name read) ~default:none else read fields name
  in
  let market_age_max_ns = duration fields "market_age_max_ms" in
  let order_notional_max = any_money fields "order_notional_max_e8" in
  let position_instrument_max = any_money fields "position_instrument_max_e8" in
  let position_bot_max = any_money fields "position_bot_max_e8" in
  let position_portfolio_max = any_money fields "position_portfolio_max_e8" in
  let concentration_max_ppm = any_int fields "concentration_max_ppm" in
  let leverage_max_ppm = any_int fields "leverage_max_ppm" in
  let price_collar_ppm = any_int fields "price_collar_ppm" in
  let orders_per_second_max = any_int fields "orders_per_second_max" in
  let orders_per_minute_max = any_int fields "orders_per_minute_max" in
  let orders_per_hour_max = any_int fields "orders_per_hour_max" in
  let orders_per_day_max = day_cap any_int ~none:max_int "orders_per_day_max" in
  let notional_per_day_max = day_cap any_money ~none:Money.most "notional_per_day_max_e8" in
  let open_orders_max = any_int fields "open_orders_max" in
  let drawdown_max_ppm = any_int fields "drawdown_max_ppm" in
  let daily_loss_max = any_money fields "daily_loss_max_e8" in
  let consecutive_losses_max = any_int fields "consecutive_losses_max" in
  let approval_valid_ns = duration fields "approval_valid_ms" in
  { Ruleset.market_age_max_ns; order_notional_max; position_instrument_max; position_bot_max; position_portfolio_max;
    concentration_max_ppm; leverage_max_ppm; price_collar_ppm; orders_per_second_max; orders_per_minute_max;
    orders_per_hour_max; orders_per_day_max; notional_per_day_max; open_orders_max; drawdown_max_ppm; daily_loss_max;
    consecutive_losses_max; approval_valid_ns }

let limits_json (l : Ruleset.limits) =
  let money (amount : Money.t) = `Int (amount :> int) in
  `Assoc
    [ ("market_age_max_ms", `Int (l.market_age_max_ns / ms_ns)); ("order_notional_max_e8", money l.order_notional_max);
      ("position_instrument_max_e8", money l.position_instrument_max);
      ("position_bot_max_e8", money l.position_bot_max);
      ("position_portfolio_max_e8", money l.position_portfolio_max);
      ("concentration_max_ppm", `Int l.concentration_max_ppm); ("leverage_max_ppm", `Int l.leverage_max_ppm);
      ("price_collar_ppm", `Int l.price_collar_ppm); ("orders_per_second_max", `Int l.orders_per_second_max);
      ("orders_per_minute_max", `Int l.orders_per_minute_max); ("orders_per_hour_max", `Int l.orders_per_hour_max);
      ("orders_per_day_max", `Int l.orders_per_day_max); ("notional_per_day_max_e8", money l.notional_per_day_max);
      ("open_orders_max", `Int l.open_orders_max); ("drawdown_max_ppm", `Int l.drawdown_max_ppm);
      ("daily_loss_max_e8", money l.daily_loss_max); ("consecutive_losses_max", `Int l.consecutive_losses_max);
      ("approval_valid_ms", `Int (l.approval_valid_ns / ms_ns)) ]

let bot_json (name, (capital : Money.t)) = (name, `Assoc [ ("capital_e8", `Int (capital :> int)) ])

let as_fields ~allow_short ~maker_ppm ~taker_ppm ~bots limits =
  [ ("allow_short", `Bool allow_short);
    ("fees", `Assoc [ ("maker_ppm", `Int maker_ppm); ("taker_ppm", `Int taker_ppm) ]);
    ("bots", `Assoc (List.map bot_json bots));
    ("limits", limits_json limits) ]

let fields (rules : Ruleset.t) =
  as_fields ~allow_short:rules.allow_short ~maker_ppm:rules.maker_fee_ppm ~taker_ppm:rules.taker_fee_ppm
    ~bots:rules.bots rules.limits

let version_digits = 12
let version fields = String.sub (Sha256.to_hex (Sha256.string (Yojson.Safe.to_string (`Assoc fields)))) 0 version_digits

let bots reader =
  Fields.ids reader "bots" ~length_max:Ruleset.bots_max (fun bot -> any_money bot "capital_e8")
  |> List.sort (fun (a, _) (b, _) -> String.compare a b)

let bots_field bots = [ ("bots", `Assoc (List.map bot_json bots)) ]

let version_employing (rules : Ruleset.t) bots =
  version
    (as_fields ~allow_short:rules.allow_short ~maker_ppm:rules.maker_fee_ppm ~taker_ppm:rules.taker_fee_ppm ~bots
       rules.limits)

let read ?(may_lack_day_caps = false) reader =
  let allow_short = Fields.bool reader "allow_short" in
  let maker_ppm, taker_ppm =
    Fields.obj reader "fees" (fun fees ->
        let maker = any_int fees "maker_ppm" in
        (maker, any_int fees "taker_ppm"))
  in
  let bots = bots reader in
  let limits = Fields.obj reader "limits" (limits ~may_lack_day_caps) in
  let version = version (as_fields ~allow_short ~maker_ppm ~taker_ppm ~bots limits) in
  match
    Ruleset.make ~limits ~maker_fee_ppm:maker_ppm ~taker_fee_ppm:taker_ppm ~allow_short ~bots ~version
  with
  | Ok rules -> rules
  | Error reason -> raise (Fields.Wrong reason)
