(* The reader of the market's frames. *)

open Lwt.Syntax
open Frames

let src = Logs.Src.create "core_risk.market"

module Log = (val Logs.src_log src)

type trouble = Not_connected | Other_build of string | Broken of string

type t = {
  socket : string;
  build : string;
  mutable view : Market_view.t;
  mutable trouble : trouble option;
  mutable last_recv_ns : int;
  mutable connections : int;
  came : unit Lwt_condition.t;  (** frames came *)
  applied : unit Lwt_condition.t;  (** the queue became shorter *)
}

let read_bytes = 262_144
let retry_seconds_min = 0.02
let retry_seconds_max = 2.0

(* How long a full queue keeps the socket unread before its oldest quarter is applied without a request for it. *)
let full_seconds_max = 1.0

let view reader = reader.view
let trouble reader = reader.trouble
let last_recv_ns reader = reader.last_recv_ns
let connections reader = reader.connections

exception Dropped of trouble

let drop format = Printf.ksprintf (fun words -> raise (Dropped (Broken words))) format

(* {2 Frames} *)

let greet reader (hello : Frame.hello) =
  if not (String.equal hello.build reader.build) then raise (Dropped (Other_build hello.build));
  reader.view <- Market_view.hello reader.view hello;
  reader.trouble <- None;
  Log.info (fun say ->
      say "reading session %s of %s, live from seq %d" hello.session hello.venue hello.next_seq)

let take reader ~greeted body =
  match Frame.decode_body body with
  | Error refusal -> drop "a frame was refused: %s" (Frame.refusal_name refusal)
  | Ok { Frame.body = Frame.Hello hello; seq = _; recv_ns } when not greeted ->
    greet reader hello;
    reader.last_recv_ns <- max reader.last_recv_ns recv_ns
  | Ok frame when greeted -> (
      match Market_view.accept reader.view frame with
      | Error broken -> drop "%s" (Market_view.broken_name broken)
      | Ok view ->
        reader.view <- view;
        reader.last_recv_ns <- max reader.last_recv_ns frame.recv_ns)
  | Ok _ -> drop "%s" (Market_view.broken_name Market_view.Hello_expected)

let make_room reader =
  let* () =
    if Market_view.is_full reader.view then
      Lwt.pick [ Lwt_condition.wait reader.applied; Lwt_unix.sleep full_seconds_max ]
    else Lwt.return_unit
  in
  if Market_view.is_full reader.view then (
    Log.warn (fun say ->
        say "nobody asked for the market up to seq %d: its oldest frames are applied" (Market_view.seen_seq reader.view));
    reader.view <- Market_view.make_room reader.view);
  Lwt.return_unit

(* Takes every whole frame of [bytes] from [at] on; the offset of the first that is not whole. *)
let rec take_whole reader ~greeted bytes at =
  if String.length bytes - at < Frame.header_bytes then Lwt.return (greeted, at)
  else
    match Frame.body_length (String.sub bytes at Frame.header_bytes) with
    | Error refusal -> drop "a frame was refused: %s" (Frame.refusal_name refusal)
    | Ok length when String.length bytes - at - Frame.header_bytes < length -> Lwt.return (greeted, at)
    | Ok length ->
      take reader ~greeted (String.sub bytes (at + Frame.header_bytes) length);
      let* () = make_room reader in
      take_whole reader ~greeted:true bytes (at + Frame.header_bytes + length)

let rec read_on reader descriptor buffer ~greeted rest =
  let* count = Lwt_unix.read descriptor buffer 0 read_bytes in
  if count = 0 then raise (Dropped Not_connected);
  let bytes = rest ^ Bytes.sub_string buffer 0 count in
  let* greeted, at = take_whole reader ~greeted bytes 0 in
  Lwt_condition.broadcast reader.came ();
  (* A socket that always has more must not keep the answers waiting. *)
  let* () = Lwt.pause () in
  read_on reader descriptor buffer ~greeted (String.sub bytes at (String.length bytes - at))

(* {2 Connections} *)

let connect_and_read reader =
  let descriptor = Lwt_unix.socket ~cloexec:true Unix.PF_UNIX Unix.SOCK_STREAM 0 in
  Lwt.finalize
    (fun () ->
       let* () = Lwt_unix.connect descriptor (Unix.ADDR_UNIX reader.socket) in
       reader.connections <- reader.connections + 1;
       read_on reader descriptor (Bytes.create read_bytes) ~greeted:false "")
    (fun () -> Lwt_unix.close descriptor)

(* A feed that ended keeps its last view: a request may still name a frame that was seen. A feed that was wrong does not. *)
let note reader trouble =
  let changed = reader.trouble <> Some trouble in
  reader.trouble <- Some trouble;
  match trouble with
  | Not_connected -> if changed then Log.info (fun say -> say "the feed is not connected")
  | Broken words ->
    reader.view <- Market_view.forget reader.view;
    Log.err (fun say -> say "the feed was dropped: %s" words)
  | Other_build theirs ->
    reader.view <- Market_view.forget reader.view;
    if changed then
      Log.err (fun say -> say "the feed is build %s, this is %s: build all programs together" theirs reader.build)

let rec read_for_ever reader wait_seconds =
  let before = reader.connections in
  let* trouble =
    Lwt.catch
      (fun () -> connect_and_read reader)
      (function
        | Dropped trouble -> Lwt.return trouble
        | Unix.Unix_error _ -> Lwt.return Not_connected
        | exn -> Lwt.fail exn)
  in
  let was_good = reader.connections > before && reader.trouble = None in
  note reader trouble;
  let wait_seconds = if was_good then retry_seconds_min else wait_seconds in
  let* () = Lwt_unix.sleep wait_seconds in
  read_for_ever reader (Float.min retry_seconds_max (2.0 *. wait_seconds))

let start ~socket ~build =
  let reader =
    { socket; build; view = Market_view.empty; trouble = Some Not_connected; last_recv_ns = 0; connections = 0;
      came = Lwt_condition.create (); applied = Lwt_condition.create () }
  in
  Lwt.async (fun () -> read_for_ever reader retry_seconds_min);
  reader

(* {2 Quotes} *)

let has_seen reader ~market_session ~as_of_seq = Market_view.has_seen reader.view ~market_session ~as_of_seq

(* Later frames were applied: no waiting brings that moment back. *)
let is_past reader ~market_session ~as_of_seq =
  Market_view.session reader.view = Some market_session && as_of_seq < Market_view.applied_seq reader.view

let rec wait_until_seen reader ~market_session ~as_of_seq =
  if has_seen reader ~market_session ~as_of_seq || is_past reader ~market_session ~as_of_seq then Lwt.return_unit
  else
    let* () = Lwt_condition.wait reader.came in
    wait_until_seen reader ~market_session ~as_of_seq

let quotes_as_applied reader symbols = Risk.Quote.Seen (Market_view.quotes reader.view symbols)

let quotes_as_of reader ~market_session ~as_of_seq ~seconds symbols =
  let seen = wait_until_seen reader ~market_session ~as_of_seq in
  let+ () = if Lwt.is_sleeping seen then Lwt.pick [ seen; Lwt_unix.sleep seconds ] else seen in
  if has_seen reader ~market_session ~as_of_seq then (
    reader.view <- Market_view.advance reader.view ~as_of_seq;
    Lwt_condition.broadcast reader.applied ();
    quotes_as_applied reader symbols)
  else Risk.Quote.Unseen

let latest reader = Market_view.advance reader.view ~as_of_seq:(Market_view.seen_seq reader.view)
