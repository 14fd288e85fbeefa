(* One peer's connection. *)

type t = { descriptor : Lwt_unix.file_descr; bytes_max : int; mutable left : int }

let head_bytes_max = 8_192
let buffer_bytes = 16_384

(* A request that has begun must go on coming; between requests a connection may rest, since the trader keeps one. *)
let request_seconds_max = 5.0
let rest_seconds_max = 3_600.0
let request_bytes_max ~body_bytes_max = head_bytes_max + body_bytes_max
let make descriptor ~request_bytes_max = { descriptor; bytes_max = request_bytes_max; left = request_bytes_max }
let has_room connection = connection.left > 0
let cut_off connection = connection.left <- 0
let next_request connection = if has_room connection then connection.left <- connection.bytes_max

(* No bytes: the end. *)
let read connection buffer offset length =
  if not (has_room connection) then Lwt.return 0
  else
    let open Lwt.Syntax in
    let got = Lwt_bytes.read connection.descriptor buffer offset (min length connection.left) in
    let seconds = if connection.left = connection.bytes_max then rest_seconds_max else request_seconds_max in
    let+ count =
      if Lwt.is_sleeping got then Lwt.pick [ got; Lwt.map (fun () -> 0) (Lwt_unix.sleep seconds) ] else got
    in
    connection.left <- connection.left - count;
    count

let input connection = Lwt_io.make ~buffer:(Lwt_bytes.create buffer_bytes) ~mode:Lwt_io.input (read connection)

let output connection =
  Lwt_io.make ~buffer:(Lwt_bytes.create buffer_bytes) ~mode:Lwt_io.output (Lwt_bytes.write connection.descriptor)

let close connection =
  Lwt.catch
    (fun () -> Lwt_unix.close connection.descriptor)
    (function Unix.Unix_error _ -> Lwt.return_unit | exn -> Lwt.fail exn)
