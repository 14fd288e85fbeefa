(* Reads market.sock for ever. *)

open Lwt.Infix
module Frame = Frames.Frame
module View = Frames.Market_view

type connection = No_connection | Other_build of string | Connected
type counters = { frames : int; connections : int; refused_frames : int; forced : int }

type t = {
  path : string;
  build : string;
  mutable view : View.t;
  mutable connection : connection;
  mutable counters : counters;
  changed : unit Lwt_condition.t;  (** frames came *)
  room : unit Lwt_condition.t;  (** the queue became shorter *)
}

let connect_wait_min_s = 0.05
let connect_wait_max_s = 2.0
let room_wait_s = 1.0
let chunk_bytes = 2 * (Frame.header_bytes + Frame.frame_bytes_max)

let make ~path ~build =
  { path; build; view = View.empty; connection = No_connection;
    counters = { frames = 0; connections = 0; refused_frames = 0; forced = 0 };
    changed = Lwt_condition.create (); room = Lwt_condition.create () }

let instruments reader = View.instruments reader.view
let session reader = View.session reader.view
let connection reader = reader.connection
let counters reader = reader.counters
let seen_seq reader = View.seen_seq reader.view
let queued reader = View.queued reader.view

(* {2 Frames in} *)

(* Why a connection ended, for the log. *)
exception Dropped of string

(* A connection on which something came that the protocol does not allow: nothing is known any more. *)
let distrust reader why =
  reader.view <- View.forget reader.view;
  raise (Dropped why)

let set_connection reader connection =
  if connection <> reader.connection then (
    reader.connection <- connection;
    match connection with
    | Connected -> Logs.info (fun log -> log "market: reading session %s" (Option.value (session reader) ~default:"?"))
    | No_connection -> Logs.info (fun log -> log "market: no connection to %s" reader.path)
    | Other_build build ->
      Logs.err (fun log -> log "market: version_mismatch: the feed is build %s, this is %s" build reader.build))

let take_hello reader (hello : Frame.hello) =
  if String.equal hello.build reader.build then (
    reader.view <- View.hello reader.view hello;
    set_connection reader Connected)
  else (
    set_connection reader (Other_build hello.build);
    distrust reader "the feed is of another build")

let refused reader refusal =
  reader.counters <- { reader.counters with refused_frames = reader.counters.refused_frames + 1 };
  distrust reader ("a frame is " ^ Frame.refusal_name refusal)

let take_frame reader ~is_first (frame : Frame.t) =
  reader.counters <- { reader.counters with frames = reader.counters.frames + 1 };
  match frame.body with
  | Frame.Hello hello when is_first -> take_hello reader hello
  | Frame.Hello _ | Book _ | Trade | Candle | Status _ | Heartbeat | Skipped _ | Goodbye _ -> (
      if is_first then distrust reader (View.broken_name View.Hello_expected);
      match View.accept reader.view frame with
      | Ok view -> reader.view <- view
      | Error broken -> distrust reader (View.broken_name broken))

(* Every whole frame between [from] and [upto]; where the first one that is not whole begins. *)
let rec take_whole reader ~is_first buffer from upto =
  if upto - from < Frame.header_bytes then from
  else
    match Frame.body_length (Bytes.sub_string buffer from Frame.header_bytes) with
    | Error refusal -> refused reader refusal
    | Ok length ->
      let body = from + Frame.header_bytes in
      if upto - body < length then from
      else (
        (match Frame.decode_body (Bytes.sub_string buffer body length) with
         | Ok frame -> take_frame reader ~is_first:!is_first frame
         | Error refusal -> refused reader refusal);
        is_first := false;
        take_whole reader ~is_first buffer (body + length) upto)

(* A full queue holds the feed back, for a while; then the oldest frames are applied so that reading goes on. *)
let hold_while_full reader =
  let rec room () =
    if View.is_full reader.view then Lwt_condition.wait reader.room >>= room else Lwt.return_unit
  in
  if not (View.is_full reader.view) then Lwt.return_unit
  else
    Lwt.pick [ room (); Lwt_unix.sleep room_wait_s ] >|= fun () ->
    if View.is_full reader.view then (
      reader.counters <- { reader.counters with forced = reader.counters.forced + 1 };
      Logs.warn (fun log -> log "market: %d frames waited for a request; the oldest are applied" (queued reader));
      reader.view <- View.make_room reader.view)

let read_frames reader socket =
  let buffer = Bytes.create chunk_bytes and is_first = ref true in
  let rec read kept =
    Lwt_unix.read socket buffer kept (chunk_bytes - kept) >>= fun count ->
    if count = 0 then Lwt.fail (Dropped "the feed closed the connection")
    else
      let upto = kept + count in
      let rest = take_whole reader ~is_first buffer 0 upto in
      Bytes.blit buffer rest buffer 0 (upto - rest);
      Lwt_condition.broadcast reader.changed ();
      hold_while_full reader >>= fun () ->
      (* A socket that always has more would otherwise never let a request be answered. *)
      Lwt.pause () >>= fun () -> read (upto - rest)
  in
  read 0

(* {2 Connections} *)

let connect_once reader =
  let socket = Lwt_unix.socket ~cloexec:true Unix.PF_UNIX Unix.SOCK_STREAM 0 in
  Lwt.finalize
    (fun () ->
       Lwt_unix.connect socket (Unix.ADDR_UNIX reader.path) >>= fun () ->
       reader.counters <- { reader.counters with connections = reader.counters.connections + 1 };
       read_frames reader socket)
    (fun () -> Lwt_unix.close socket)

let until_dropped reader =
  Lwt.catch
    (fun () -> connect_once reader)
    (function
      | Dropped why ->
        Logs.info (fun log -> log "market: %s" why);
        Lwt.return_unit
      | Unix.Unix_error (error, call, _) ->
        Logs.debug (fun log -> log "market: %s: %s" call (Unix.error_message error));
        Lwt.return_unit
      | exn -> Lwt.fail exn)

(* What a lost connection told stays known: requests name the seq they are about. *)
let rec run_after reader wait_s =
  until_dropped reader >>= fun () ->
  let was_reading = reader.connection = Connected in
  if was_reading then set_connection reader No_connection;
  let wait_s = if was_reading then connect_wait_min_s else wait_s in
  Lwt_unix.sleep wait_s >>= fun () -> run_after reader (Float.min connect_wait_max_s (2. *. wait_s))

let run reader = run_after reader connect_wait_min_s

(* {2 Quotes out} *)

let latest reader ~symbols =
  match session reader with
  | None -> Risk.Quote.Unseen
  | Some _ -> Risk.Quote.Seen (View.newest reader.view symbols)

let advance reader ~as_of_seq =
  reader.view <- View.advance reader.view ~as_of_seq;
  Lwt_condition.broadcast reader.room ()

(* Until the frame is seen, or can never be: what is known is of a later moment already. *)
let rec until_seen reader ~market_session ~as_of_seq =
  let ours = session reader = Some market_session in
  if ours then advance reader ~as_of_seq;
  if View.has_seen reader.view ~market_session ~as_of_seq then Lwt.return_true
  else if ours && as_of_seq < View.applied_seq reader.view then Lwt.return_false
  else Lwt_condition.wait reader.changed >>= fun () -> until_seen reader ~market_session ~as_of_seq

let market reader ~market_session ~as_of_seq ~wait_s ~symbols =
  Lwt.pick
    [ until_seen reader ~market_session ~as_of_seq; (Lwt_unix.sleep wait_s >|= fun () -> false) ]
  >|= fun seen -> if seen then Risk.Quote.Seen (View.quotes reader.view symbols) else Risk.Quote.Unseen
