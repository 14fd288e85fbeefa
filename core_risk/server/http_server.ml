(* HTTP/1.1 on listening sockets. *)

open Lwt.Syntax

let src = Logs.Src.create "core_risk.http"

module Log = (val Logs.src_log src)

module Io = struct
  include (
    Cohttp_lwt_unix.IO :
      Cohttp_lwt.S.IO
    with type conn := Conduit_lwt_unix.flow
     and type ic = Lwt_io.input_channel
     and type oc = Lwt_io.output_channel)

  type conn = Connection.t
end

module Server = Cohttp_lwt.Make_server (Io)

type body = Body of string | Too_large | Broken_off
type request = { meth : string; path : string; authorization : string option; body : body }
type answer = { status : int; content_type : string; text : string }

type t = {
  answer : request -> answer Lwt.t;
  mutable begun : int;  (** requests without their answer yet *)
  all_answered : unit Lwt_condition.t;
}

let body_bytes_max = 65_536
let connections_max = 32
let backlog_pause_seconds = 0.1
let make answer = { answer; begun = 0; all_answered = Lwt_condition.create () }

(* {2 One request} *)

let declared_length headers = Option.bind (Cohttp.Header.get headers "content-length") int_of_string_opt

let read_body connection headers body =
  match declared_length headers with
  | Some length when length > body_bytes_max -> Lwt.return Too_large
  | (Some _ | None) as length ->
    let+ text = Cohttp_lwt.Body.to_string body in
    if String.length text > body_bytes_max || not (Connection.has_room connection) then Too_large
    else if Option.fold length ~none:false ~some:(fun length -> String.length text <> length) then Broken_off
    else Body text

let internal exn =
  Log.err (fun say -> say "a request failed: %a" Fmt.exn exn);
  { status = 500; content_type = "application/json"; text = {|{"error":"internal","detail":"see core_risk's log"}|} }

let answer_one server connection request body =
  let headers = Cohttp.Request.headers request in
  let* body = read_body connection headers body in
  (match body with Too_large | Broken_off -> Connection.cut_off connection | Body _ -> ());
  server.answer
    { meth = Cohttp.Code.string_of_method (Cohttp.Request.meth request);
      path = Uri.path (Cohttp.Request.uri request);
      authorization = Cohttp.Header.get headers "authorization";
      body }

let begin_one server = server.begun <- server.begun + 1

let end_one server =
  server.begun <- server.begun - 1;
  if server.begun = 0 then Lwt_condition.broadcast server.all_answered ();
  Lwt.return_unit

(* Head and text leave in one write. *)
let write connection answer input output =
  let* () = Lwt_io.write output answer.text in
  let* () = Lwt_io.flush output in
  Connection.next_request connection;
  if Connection.has_room connection then Lwt.return_unit else Lwt_io.close input

let callback server (connection, _) request body =
  begin_one server;
  let+ answer =
    Lwt.catch (fun () -> answer_one server connection request body) (fun exn -> Lwt.return (internal exn))
  in
  if not (Cohttp.Request.is_keep_alive request) then Connection.cut_off connection;
  let headers = Cohttp.Header.of_list [ ("content-type", answer.content_type) ] in
  let headers =
    if Connection.has_room connection then headers else Cohttp.Header.add headers "connection" "close"
  in
  let encoding = Cohttp.Transfer.Fixed (Int64.of_int (String.length answer.text)) in
  let status = Cohttp.Code.status_of_code answer.status in
  ( Cohttp.Response.make ~status ~flush:false ~encoding ~headers (),
    fun input output -> Lwt.finalize (fun () -> write connection answer input output) (fun () -> end_one server) )

(* {2 Connections} *)

let talk spec descriptor =
  let connection = Connection.make descriptor ~request_bytes_max:(Connection.request_bytes_max ~body_bytes_max) in
  Lwt.finalize
    (fun () ->
       Lwt.catch
         (fun () -> Server.callback spec connection (Connection.input connection) (Connection.output connection))
         (fun exn ->
            Log.info (fun say -> say "a connection broke: %a" Fmt.exn exn);
            Lwt.return_unit))
    (fun () -> Connection.close connection)

type places = { mutable taken : int; freed : unit Lwt_condition.t }

let rec accept spec listening places =
  if places.taken >= connections_max then
    let* () = Lwt_condition.wait places.freed in
    accept spec listening places
  else
    let* () =
      Lwt.catch
        (fun () ->
           let+ descriptor, _ = Lwt_unix.accept ~cloexec:true listening in
           places.taken <- places.taken + 1;
           Lwt.async (fun () ->
               let+ () = talk spec descriptor in
               places.taken <- places.taken - 1;
               Lwt_condition.signal places.freed ()))
        (function
          | Unix.Unix_error (error, _, _) ->
            Log.warn (fun say -> say "a connection was not accepted: %s" (Unix.error_message error));
            Lwt_unix.sleep backlog_pause_seconds
          | exn -> Lwt.fail exn)
    in
    accept spec listening places

let serve server listening ~stop =
  let listening = Lwt_unix.of_unix_file_descr listening in
  let spec = Server.make_expert ~callback:(callback server) () in
  let accepting = accept spec listening { taken = 0; freed = Lwt_condition.create () } in
  Lwt.finalize (fun () -> Lwt.pick [ accepting; stop ]) (fun () -> Lwt_unix.close listening)

let drain server ~seconds =
  if server.begun = 0 then Lwt.return_unit
  else Lwt.pick [ Lwt_condition.wait server.all_answered; Lwt_unix.sleep seconds ]
