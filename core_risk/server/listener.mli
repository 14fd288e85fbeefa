(** HTTP/1.1 on listening sockets, bounded: connections, bytes of a request, how
    long one may take to come. *)

type t

val connections_max : int
(** Of one socket; one more is closed at once. *)

val request_bytes_max : int
(** Head and body; what comes beyond it is the end of the connection. *)

val request_s_max : float
(** Between two pieces of one request; a slower one is the end of the connection. *)

val rest_s_max : float
(** Between two requests. *)

val unix_socket : string -> (Lwt_unix.file_descr, string) result
(** Listens there, mode 0600. A socket file that nobody listens on any more is replaced. *)

val loopback : int -> (Lwt_unix.file_descr, string) result

val serve : Lwt_unix.file_descr -> Routes.t -> t
val stop : t -> unit Lwt.t
(** No new connection or request; resolves when every request in hand is answered. *)
