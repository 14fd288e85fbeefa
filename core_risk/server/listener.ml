(* HTTP/1.1 on listening sockets: cohttp's server over connections of our own, so that they can be bounded. *)

open Lwt.Infix

(* cohttp's own reading and writing, for connections that need no more identity than a unit. *)
module Io = struct
  include (Cohttp_lwt_unix.IO : module type of Cohttp_lwt_unix.IO with type conn := Cohttp_lwt_unix.IO.conn)

  type conn = unit
end

module Server = Cohttp_lwt.Make_server (Io)

type t = {
  socket : Lwt_unix.file_descr;
  routes : Routes.t;
  mutable connections : int;
  mutable in_hand : int;
  mutable stopping : bool;
  mutable accepting : unit Lwt.t;
  idle : unit Lwt_condition.t;
}

let connections_max = 64
let backlog = 64
let request_bytes_max = 98_304
let channel_bytes = 65_536
let request_s_max = 5.
let rest_s_max = 3_600.

(* After the last answer was given to its channel, the time its bytes may take to leave. *)
let flush_s = 0.05

(* {2 Sockets} *)

let listening domain address prepare =
  let socket = Unix.socket ~cloexec:true domain Unix.SOCK_STREAM 0 in
  try
    prepare socket;
    Unix.bind socket address;
    Unix.listen socket backlog;
    Ok (Lwt_unix.of_unix_file_descr ~blocking:false socket)
  with Unix.Unix_error (error, call, _) ->
    Unix.close socket;
    Error (call ^ ": " ^ Unix.error_message error)

let somebody_listens path =
  let socket = Unix.socket ~cloexec:true Unix.PF_UNIX Unix.SOCK_STREAM 0 in
  Fun.protect
    ~finally:(fun () -> Unix.close socket)
    (fun () ->
       match Unix.connect socket (Unix.ADDR_UNIX path) with
       | () -> true
       | exception Unix.Unix_error _ -> false)

let is_socket path =
  match Unix.lstat path with
  | { Unix.st_kind = Unix.S_SOCK; _ } -> true
  | _ -> false
  | exception Unix.Unix_error _ -> false

let private_umask = 0o177

let unix_socket path =
  if somebody_listens path then Error (path ^ ": another process listens there")
  else (
    if is_socket path then Unix.unlink path;
    let umask = Unix.umask private_umask in
    Fun.protect
      ~finally:(fun () -> ignore (Unix.umask umask : int))
      (fun () ->
         Result.map_error
           (fun why -> path ^ ": " ^ why)
           (listening Unix.PF_UNIX (Unix.ADDR_UNIX path) (fun _ -> ()))))

let loopback port =
  Result.map_error
    (fun why -> Printf.sprintf "127.0.0.1:%d: %s" port why)
    (listening Unix.PF_INET
       (Unix.ADDR_INET (Unix.inet_addr_loopback, port))
       (fun socket -> Unix.setsockopt socket Unix.SO_REUSEADDR true))

(* {2 One request} *)

let read_body body () =
  let stream = Cohttp_lwt.Body.to_stream body in
  let buffer = Buffer.create 1024 in
  let rec read () =
    Lwt_stream.get stream >>= function
    | None -> Lwt.return (Routes.Whole (Buffer.contents buffer))
    | Some chunk ->
      if Buffer.length buffer + String.length chunk > Routes.body_bytes_max then Lwt.return Routes.Too_large
      else (
        Buffer.add_string buffer chunk;
        read ())
  in
  read ()

let respond listener request body =
  let headers = Cohttp.Request.headers request in
  Routes.answer listener.routes
    ~meth:(Cohttp.Request.meth request)
    ~path:(Uri.path (Cohttp.Request.uri request))
    ~authorization:(Cohttp.Header.get headers "authorization")
    ~body:(read_body body)
  >>= fun { Routes.status; content_type; body } ->
  let headers =
    Cohttp.Header.of_list [ ("content-type", content_type); ("cache-control", "no-store") ]
  in
  Server.respond_string ~headers ~status:(Cohttp.Code.status_of_code status) ~body ()

let in_hand listener work =
  listener.in_hand <- listener.in_hand + 1;
  Lwt.finalize work (fun () ->
      listener.in_hand <- listener.in_hand - 1;
      if listener.in_hand = 0 then Lwt_condition.broadcast listener.idle ();
      Lwt.return_unit)

(* {2 One connection} *)

(* What one peer may still send of the request in hand. *)
type allowance = { mutable bytes : int; mutable ended : bool }

let in_time ~seconds read =
  if Lwt.is_sleeping read then Lwt.pick [ read; (Lwt_unix.sleep seconds >|= fun () -> 0) ] else read

let receive socket allowance bytes offset length =
  let seconds = if allowance.bytes = request_bytes_max then rest_s_max else request_s_max in
  Lwt.catch
    (fun () -> in_time ~seconds (Lwt_bytes.read socket bytes offset length))
    (function Unix.Unix_error ((ECONNRESET | EPIPE), _, _) -> Lwt.return 0 | exn -> Lwt.fail exn)

(* A request may bring so many bytes and must keep coming; the next one begins anew. Beyond either bound the connection
   reads as ended, and stays so: a head that was cut off there must not be taken for a whole one. *)
let bounded_input socket allowance =
  let read bytes offset length =
    let length = min length allowance.bytes in
    if allowance.ended || length = 0 then (
      allowance.ended <- true;
      Lwt.return 0)
    else
      receive socket allowance bytes offset length >|= fun count ->
      allowance.bytes <- allowance.bytes - count;
      if count = 0 then allowance.ended <- true;
      count
  in
  Lwt_io.make ~mode:Lwt_io.Input ~buffer:(Lwt_bytes.create channel_bytes) read

let serve_connection listener socket =
  let allowance = { bytes = request_bytes_max; ended = false } in
  let input = bounded_input socket allowance in
  let output =
    Lwt_io.of_fd ~mode:Lwt_io.Output ~buffer:(Lwt_bytes.create channel_bytes) ~close:(fun () -> Lwt.return_unit) socket
  in
  let callback _conn request body =
    in_hand listener (fun () ->
        respond listener request body >|= fun answer ->
        allowance.bytes <- request_bytes_max;
        answer)
  in
  Server.callback (Server.make ~callback ()) () input output

let connection_ended why =
  match why with
  | Unix.Unix_error _ | Lwt_io.Channel_closed _ | End_of_file -> Lwt.return_unit
  | exn ->
    Logs.err (fun log -> log "http: a connection ended by %s" (Printexc.to_string exn));
    Lwt.return_unit

let connection listener socket =
  listener.connections <- listener.connections + 1;
  Lwt.finalize
    (fun () -> Lwt.catch (fun () -> serve_connection listener socket) connection_ended)
    (fun () ->
       listener.connections <- listener.connections - 1;
       Lwt.catch (fun () -> Lwt_unix.close socket) (fun _closed_already -> Lwt.return_unit))

(* {2 All connections} *)

(* Descriptors that ran out come back; accepting goes on after a moment. *)
let accept_again_s = 0.1

let rec accept listener =
  Lwt.catch
    (fun () -> Lwt_unix.accept ~cloexec:true listener.socket >|= fun (socket, _) -> Some socket)
    (function
      | Unix.Unix_error ((EMFILE | ENFILE | ECONNABORTED | EINTR), call, _) ->
        Logs.warn (fun log -> log "http: %s failed for now" call);
        Lwt_unix.sleep accept_again_s >|= fun () -> None
      | exn -> Lwt.fail exn)
  >>= fun accepted ->
  (match accepted with
   | None -> ()
   | Some socket when listener.stopping || listener.connections >= connections_max ->
     Lwt.async (fun () -> Lwt_unix.close socket)
   | Some socket -> Lwt.async (fun () -> connection listener socket));
  accept listener

let serve socket routes =
  let listener =
    { socket; routes; connections = 0; in_hand = 0; stopping = false; accepting = Lwt.return_unit;
      idle = Lwt_condition.create () }
  in
  listener.accepting <- accept listener;
  listener

let stop listener =
  listener.stopping <- true;
  Lwt.cancel listener.accepting;
  let rec idle () = if listener.in_hand = 0 then Lwt.return_unit else Lwt_condition.wait listener.idle >>= idle in
  idle () >>= fun () ->
  Lwt_unix.sleep flush_s >>= fun () -> Lwt_unix.close listener.socket
