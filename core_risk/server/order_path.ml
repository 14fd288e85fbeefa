(* The requests that change or compare the books, one at a time. *)

open Lwt.Infix
open Risk
module Answer = Risk_json.Answer_json
module Request = Risk_json.Request_json

type t = {
  build : string;
  books : Books.t;
  reader : Market_reader.t;
  market_wait_s : float;
  metrics : Metrics.t;
  turn : Lwt_mutex.t;
  mutable waiting : int;
  mutable latest_event_ns : int;
  failure : string Lwt.t;
  fail : string Lwt.u;
}

type request = Check | Fill | Done | Mark | Deposit | Employ | Halt | Resume

let waiting_max = 64
let answer_leaves_s = 0.02

let make ~build ~books ~reader ~market_wait_s ~metrics =
  let failure, fail = Lwt.wait () in
  { build; books; reader; market_wait_s; metrics; turn = Lwt_mutex.create (); waiting = 0;
    latest_event_ns = (Books.state books).event_ns; failure; fail }

let failed path = path.failure
let has_failed path = not (Lwt.is_sleeping path.failure)
let latest_event_ns path = path.latest_event_ns
let heard path event_ns = path.latest_event_ns <- max path.latest_event_ns event_ns
let state path = Books.state path.books

(* {2 What a request knows of the market} *)

(* The instruments of the session that was seen go before what is decided on its prices. *)
let note_instruments path =
  Books.apply path.books (Step.Listed (Market_reader.instruments path.reader)) >|= function
  | Step.Noted -> ()
  | Not_employed _ | Decided _ | Client_id_reused | Fill_taken _ | Fill_disagrees _ | Fill_out_of_order _
  | Fill_changed | Fill_unbookable | End_taken _ | Compared _ | Deposit_taken _ | Deposit_changed | Deposits_full
  | Deposit_unbookable | Standing | Not_resumed _ -> invalid_arg "Step.Listed is always noted"

let market path ~market_session ~as_of_seq ~symbols =
  Market_reader.market path.reader ~market_session ~as_of_seq ~wait_s:path.market_wait_s ~symbols >>= fun market ->
  (match market with Quote.Unseen -> Lwt.return_unit | Quote.Seen _ -> note_instruments path) >|= fun () -> market

(* {2 The requests} *)

let note_verdict path = function
  | Step.Decided { decision; _ } ->
    let refusal =
      match decision with
      | Verdict.Refuse refusal -> Refusal.name refusal
      | Verdict.Approve _ | Verdict.Reduce _ -> ""
    in
    Metrics.decided path.metrics ~verdict:(Verdict.name decision) ~refusal
  | Noted | Not_employed _ | Client_id_reused | Fill_taken _ | Fill_disagrees _ | Fill_out_of_order _ | Fill_changed
  | Fill_unbookable | End_taken _ | Compared _ | Deposit_taken _ | Deposit_changed | Deposits_full | Deposit_unbookable | Standing
  | Not_resumed _ -> ()

let check path (order : Order.t) =
  heard path order.event_ns;
  let market =
    if Step.knows (state path) ~client_id:order.client_id then Lwt.return Quote.Unseen
    else
      market path ~market_session:order.market_session ~as_of_seq:order.as_of_seq
        ~symbols:(order.symbol :: State.watched (state path))
  in
  market >>= fun market ->
  Books.apply path.books (Step.Asked (order, market)) >|= fun reply ->
  note_verdict path reply;
  Answer.check ~build:path.build order reply

let fill path (fill : Fill.t) =
  heard path fill.event_ns;
  Books.apply path.books (Step.Filled fill) >|= fun reply -> Answer.fill ~build:path.build fill (state path) reply

let ended path { Request.client_id; reason; event_ns } =
  heard path event_ns;
  Books.apply path.books (Step.Ended { client_id; reason; event_ns }) >|= fun reply ->
  Answer.ended ~build:path.build ~client_id (state path) reply

let mark path { Request.market_session; as_of_seq; event_ns; books } =
  heard path event_ns;
  market path ~market_session ~as_of_seq ~symbols:(State.watched (state path)) >>= fun market ->
  Books.apply path.books (Step.Marked { market_session; as_of_seq; event_ns; books; market }) >|= fun reply ->
  Answer.mark ~build:path.build (state path) reply

let deposit path { Request.deposit_id; amount; event_ns } =
  Books.apply path.books (Step.Deposited { deposit_id; amount; event_ns }) >|= fun reply ->
  Answer.deposit ~build:path.build (state path) reply

let employ path bots =
  let version = Risk_json.Ruleset_json.version_employing (state path).rules bots in
  Books.apply path.books (Step.Employed { bots; version }) >|= fun reply ->
  Answer.employed ~build:path.build (state path) reply

let halt path { Request.reason; event_ns; command } =
  Books.apply path.books (Step.Halted { reason; event_ns; command }) >|= fun reply ->
  Answer.standing ~build:path.build (state path) reply

let resume path { Request.reason; event_ns; command } =
  let market = Market_reader.latest path.reader ~symbols:(State.watched (state path)) in
  Books.apply path.books (Step.Resumed { reason; event_ns; command; market }) >|= fun reply ->
  Answer.standing ~build:path.build (state path) reply

(* {2 One at a time} *)

let read path body reader handle =
  match Request.read ~build:path.build body reader with
  | Ok request -> handle path request
  | Error (Request.Malformed reason) -> Lwt.return (Answer.error 400 "malformed" reason)
  | Error (Request.Version_mismatch theirs) ->
    Lwt.return
      (Answer.error 426
         (Refusal.name Refusal.Version_mismatch)
         (Printf.sprintf "the request is of build %S, this is %S: build all programs together" theirs path.build))

let answer path request body =
  match request with
  | Check -> read path body Request.order check
  | Fill -> read path body Request.fill fill
  | Done -> read path body Request.ended ended
  | Mark -> read path body Request.mark mark
  | Deposit -> read path body Request.deposit deposit
  | Employ -> read path body Request.employed employ
  | Halt -> read path body Request.spoken halt
  | Resume -> read path body Request.spoken resume

let log_failed reason = Answer.error 503 "log_failed" (reason ^ "; the process ends")

let in_turn path request body =
  if has_failed path then Lwt.return (log_failed "an earlier write failed")
  else
    Lwt.catch
      (fun () -> answer path request body)
      (function
        | Risk_log.Journal.Write_failed reason ->
          if not (has_failed path) then Lwt.wakeup_later path.fail reason;
          Lwt.return (log_failed reason)
        | exn -> Lwt.fail exn)

(* A test may want this process dead once the answer's bytes have left. *)
let answered () =
  if Risk_log.Crash_point.is_armed then
    Lwt.async (fun () -> Lwt_unix.sleep answer_leaves_s >|= fun () -> Risk_log.Crash_point.reach After_answer)

let handle path request body =
  if path.waiting >= waiting_max then
    Lwt.return (Answer.error 503 "busy" (Printf.sprintf "%d requests wait already" waiting_max))
  else (
    path.waiting <- path.waiting + 1;
    Lwt.finalize
      (fun () -> Lwt_mutex.with_lock path.turn (fun () -> in_turn path request body))
      (fun () ->
         path.waiting <- path.waiting - 1;
         answered ();
         Lwt.return_unit))

let settle path = Lwt_mutex.with_lock path.turn Lwt.return
