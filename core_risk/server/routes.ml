(* Method and path to what answers them. *)

open Lwt.Infix
module Answer = Risk_json.Answer_json

type t = { token_hash : string; orders : Order_path.t; views : Views.t; metrics : Metrics.t }
type answer = { status : int; content_type : string; body : string }
type body = Whole of string | Too_large

let body_bytes_max = 65_536
let hash text = Sha256.to_bin (Sha256.string text)
let make ~token ~orders ~views ~metrics = { token_hash = hash ("Bearer " ^ token); orders; views; metrics }

(* Hashes have one length and are compared to the end: the time tells nothing about the token. *)
let same_hash a b =
  let difference = ref 0 in
  String.iteri (fun index char -> difference := !difference lor (Char.code char lxor Char.code b.[index])) a;
  !difference = 0

let may_ask routes = function
  | None -> false
  | Some authorization -> same_hash routes.token_hash (hash authorization)

let json { Answer.status; body } =
  { status; content_type = "application/json"; body = Yojson.Safe.to_string body }

let text body = { status = 200; content_type = "text/plain; version=0.0.4"; body }
let error status name detail = json (Answer.error status name detail)

type route = Look of (t -> answer) | Act of Order_path.request

let health = "/healthz"

let table =
  [ (health, Look (fun _ -> json Views.health));
    ("/readyz", Look (fun routes -> json (Views.ready routes.views)));
    ("/version", Look (fun routes -> json (Views.version routes.views)));
    ("/metrics", Look (fun routes -> text (Views.metrics routes.views)));
    ("/v1/state", Look (fun routes -> json (Views.state routes.views)));
    ("/v1/orders/check", Act Order_path.Check);
    ("/v1/orders/done", Act Order_path.Done);
    ("/v1/fills", Act Order_path.Fill);
    ("/v1/mark", Act Order_path.Mark);
    ("/v1/deposits", Act Order_path.Deposit);
    ("/v1/bots", Act Order_path.Employ);
    ("/v1/halt", Act Order_path.Halt);
    ("/v1/resume", Act Order_path.Resume) ]

let act routes request body =
  body () >>= function
  | Too_large -> Lwt.return (error 413 "too_large" (Printf.sprintf "a body has at most %d bytes" body_bytes_max))
  | Whole body -> Order_path.handle routes.orders request body >|= json

let route routes ~meth ~path ~body =
  match (List.assoc_opt path table, meth) with
  | Some (Look look), `GET -> Lwt.return (look routes)
  | Some (Act request), `POST -> act routes request body
  | Some (Look _), _ -> Lwt.return (error 405 "method_not_allowed" (path ^ " is a GET"))
  | Some (Act _), _ -> Lwt.return (error 405 "method_not_allowed" (path ^ " is a POST"))
  | None, _ -> Lwt.return (error 404 "not_found" "there is no such path; see API.md")

let answer routes ~meth ~path ~authorization ~body =
  let answered =
    if String.equal path health || may_ask routes authorization then route routes ~meth ~path ~body
    else Lwt.return (error 401 "unauthorised" "send Authorization: Bearer and the token of this start")
  in
  answered >|= fun answer ->
  let known = if List.mem_assoc path table then path else "other" in
  Metrics.answered routes.metrics ~route:known ~status:answer.status;
  answer
