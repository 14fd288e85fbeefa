(* The sockets that core_risk answers on. *)

type refusal = In_use of string | Unusable of string

let backlog = 64
let private_umask = 0o177

let is_answered path =
  let probe = Unix.socket ~cloexec:true Unix.PF_UNIX Unix.SOCK_STREAM 0 in
  Fun.protect
    ~finally:(fun () -> Unix.close probe)
    (fun () ->
       match Unix.connect probe (Unix.ADDR_UNIX path) with
       | () -> true
       | exception Unix.Unix_error ((Unix.ECONNREFUSED | Unix.ENOENT), _, _) -> false)

let remove path = try Unix.unlink path with Unix.Unix_error (Unix.ENOENT, _, _) -> ()

exception Refused of refusal

let make_way path =
  match (Unix.lstat path).st_kind with
  | exception Unix.Unix_error (Unix.ENOENT, _, _) -> ()
  | Unix.S_SOCK -> if is_answered path then raise (Refused (In_use (path ^ " is answered by another program"))) else remove path
  | Unix.S_REG | Unix.S_DIR | Unix.S_CHR | Unix.S_BLK | Unix.S_LNK | Unix.S_FIFO ->
    raise (Refused (Unusable (path ^ " is there and is no socket")))

(* The file must never be there with other rights, not for a moment. *)
let bind_private socket path =
  let umask = Unix.umask private_umask in
  Fun.protect ~finally:(fun () -> ignore (Unix.umask umask : int)) (fun () -> Unix.bind socket (Unix.ADDR_UNIX path))

let listen_on domain where bind =
  match
    let socket = Unix.socket ~cloexec:true domain Unix.SOCK_STREAM 0 in
    bind socket;
    Unix.listen socket backlog;
    socket
  with
  | socket -> Ok socket
  | exception Refused refusal -> Error refusal
  | exception Unix.Unix_error (Unix.EADDRINUSE, _, _) -> Error (In_use (where ^ " is in use by another program"))
  | exception Unix.Unix_error (error, call, _) ->
    Error (Unusable (Printf.sprintf "%s: %s: %s" where call (Unix.error_message error)))

let unix_socket path =
  listen_on Unix.PF_UNIX path (fun socket ->
      make_way path;
      bind_private socket path)

let loopback port =
  listen_on Unix.PF_INET (Printf.sprintf "127.0.0.1:%d" port) (fun socket ->
      Unix.setsockopt socket Unix.SO_REUSEADDR true;
      Unix.bind socket (Unix.ADDR_INET (Unix.inet_addr_loopback, port)))
