(* What equity does to the account's standing. *)

open State

let larger (a : Money.t) (b : Money.t) = if (a :> int) >= (b :> int) then a else b

let priced state market =
  let prices =
    List.fold_left
      (fun prices (quote : Quote.t) ->
         match Quote.markable quote with
         | None -> prices
         | Some best -> Symbols.add quote.symbol best prices)
      state.prices (Quote.quotes market)
  in
  { state with prices }

let breaker_trips state equity =
  match drawdown_ppm state ~equity with
  | Ok ppm -> ppm > state.rules.limits.drawdown_max_ppm
  | Error Money.Overflow -> true

let day_trips state equity =
  match state.day with
  | None -> false
  | Some (_, started) -> (
      match Money.sub started equity with
      | Ok lost -> (lost :> int) > (state.rules.limits.daily_loss_max :> int)
      | Error Money.Overflow -> true)

let watch state =
  match equity state with
  | Error (Overflow | Unpriced _) -> state
  | Ok equity ->
    { state with
      breaker_tripped = state.breaker_tripped || breaker_trips state equity;
      daily_loss_tripped = state.daily_loss_tripped || day_trips state equity }

let new_day state ~event_ns equity =
  let today = Day.number event_ns in
  match state.day with
  | Some (day, _) when day >= today -> state
  | Some _ | None -> { state with day = Some (today, equity); daily_loss_tripped = false }

let mark state ~event_ns =
  match equity state with
  | Error (Overflow | Unpriced _) -> state
  | Ok equity ->
    let state = new_day state ~event_ns equity in
    watch { state with peak = larger state.peak equity; breaker_peak = larger state.breaker_peak equity }

let resume state ~event_ns =
  Result.map
    (fun equity ->
       { state with
         halt = None; breaker_tripped = false; daily_loss_tripped = false; mismatch = false; losses = 0;
         peak = larger state.peak equity; breaker_peak = equity;
         day = Some (max (Day.number event_ns) (match state.day with None -> 0 | Some (day, _) -> day), equity) })
    (equity state)
