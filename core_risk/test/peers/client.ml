(* A raw keep-alive client of core_risk. *)

type t = Unix.file_descr
type answer = { status : int; body : string }
type request = { meth : string; path : string; token : string option; body : string }

exception Closed of string

let answer_s = 10.
let retry_s = 0.01

(* {2 Connections} *)

let try_to_connect domain address =
  let socket = Unix.socket ~cloexec:true domain Unix.SOCK_STREAM 0 in
  match Unix.connect socket address with
  | () -> Ok socket
  | exception (Unix.Unix_error _ as error) ->
    Unix.close socket;
    Error error

let rec connect path ~seconds =
  match try_to_connect Unix.PF_UNIX (Unix.ADDR_UNIX path) with
  | Ok socket -> socket
  | Error error when seconds <= 0. -> raise error
  | Error _ ->
    Unix.sleepf retry_s;
    connect path ~seconds:(seconds -. retry_s)

let connect_tcp port =
  match try_to_connect Unix.PF_INET (Unix.ADDR_INET (Unix.inet_addr_loopback, port)) with
  | Ok socket -> socket
  | Error error -> raise error

let close = Unix.close

(* {2 Requests} *)

let rec write_from socket text from =
  if from < String.length text then
    write_from socket text (from + Unix.write_substring socket text from (String.length text - from))

let write_raw socket text = write_from socket text 0

let head { meth; path; token; body } =
  let authorization = match token with None -> "" | Some token -> "Authorization: Bearer " ^ token ^ "\r\n" in
  Printf.sprintf "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n" meth path authorization
    (String.length body)

let write socket request = write_raw socket (head request ^ request.body)

(* {2 Answers} *)

let rec find text part from =
  if from + String.length part > String.length text then None
  else if String.equal (String.sub text from (String.length part)) part then Some from
  else find text part (from + 1)

let head_end = "\r\n\r\n"
let length_header = "content-length: "
let status_at = String.length "HTTP/1.1 "

(* The answer, if all of it is there. *)
let whole text =
  match find text head_end 0 with
  | None -> None
  | Some head ->
    let from = Option.get (find text length_header 0) + String.length length_header in
    let length = int_of_string (String.sub text from (String.index_from text from '\r' - from)) in
    let begins = head + String.length head_end in
    if String.length text < begins + length then None
    else Some { status = int_of_string (String.sub text status_at 3); body = String.sub text begins length }

let read socket ~seconds =
  let buffer = Bytes.create 65_536 in
  let rec more so_far =
    match Unix.select [ socket ] [] [] seconds with
    | [], _, _ -> failwith ("no whole answer in time: " ^ so_far)
    | _ :: _, _, _ -> (
        match Unix.read socket buffer 0 (Bytes.length buffer) with
        | 0 | (exception Unix.Unix_error (Unix.ECONNRESET, _, _)) -> raise (Closed so_far)
        | count -> (
            let text = so_far ^ Bytes.sub_string buffer 0 count in
            match whole text with None -> more text | Some answer -> answer))
  in
  more ""

let ask socket request =
  write socket request;
  read socket ~seconds:answer_s

(* {2 Bodies} *)

let field (answer : answer) name =
  match Yojson.Safe.from_string answer.body with
  | `Assoc fields when List.mem_assoc name fields -> List.assoc name fields
  | _ -> failwith (Printf.sprintf "no field %S in %s" name answer.body)

let text answer name =
  match field answer name with `String text -> text | _ -> failwith (name ^ " is no text in " ^ answer.body)

let int answer name =
  match field answer name with `Int n -> n | _ -> failwith (name ^ " is no integer in " ^ answer.body)
