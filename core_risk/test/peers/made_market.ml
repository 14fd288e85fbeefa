(* A market that moves only when told to. *)

let session = "bench"
let symbol = "BTCUSDT"
let bid = 6_183_763
let ask = 6_183_764
let first_seq = 1
let recv_ns = 1_723_161_301_000_000_000
let live = 2
let resyncing_state = 1

(* {2 MessagePack, as far as these frames need it; a reader takes any width of an integer} *)

type value = Int of int | Float of float | Bool of bool | Str of string | Bin of string | Array of value list

let rec write buffer = function
  | Int n ->
    Buffer.add_uint8 buffer 0xd3;
    Buffer.add_int64_be buffer (Int64.of_int n)
  | Float x ->
    Buffer.add_uint8 buffer 0xcb;
    Buffer.add_int64_be buffer (Int64.bits_of_float x)
  | Bool set -> Buffer.add_uint8 buffer (if set then 0xc3 else 0xc2)
  | Str text -> write_bytes buffer 0xda text
  | Bin bytes -> write_bytes buffer 0xc5 bytes
  | Array items ->
    Buffer.add_uint8 buffer 0xdc;
    Buffer.add_uint16_be buffer (List.length items);
    List.iter (write buffer) items

and write_bytes buffer tag bytes =
  Buffer.add_uint8 buffer tag;
  Buffer.add_uint16_be buffer (String.length bytes);
  Buffer.add_string buffer bytes

let frame elements =
  let body = Buffer.create 256 in
  write body (Array elements);
  let whole = Buffer.create 256 in
  Buffer.add_int32_be whole (Int32.of_int (Buffer.length body));
  Buffer.add_buffer whole body;
  Buffer.contents whole

(* {2 Frames} *)

let instrument =
  Array
    [ Int 0; Str symbol; Str "BTC"; Str "USDT"; Int 1_000_000; Int 1_000; Int 1; Int 900_000_000; Int 500_000_000;
      Str "config" ]

let hello ?(session = session) ?(next_seq = first_seq) ~build () =
  frame
    [ Int 1; Int 0; Int recv_ns; Int Frames.Frame.protocol; Str build; Str session; Str "replay"; Bool false;
      Str "recorded"; Int next_seq; Int 0; Array [ instrument ] ]

let level price lots =
  let bytes = Bytes.create 16 in
  Bytes.set_int64_le bytes 0 (Int64.of_int price);
  Bytes.set_int64_le bytes 8 (Int64.of_int lots);
  Bin (Bytes.to_string bytes)

let book ~seq =
  frame
    [ Int 2; Int seq; Int recv_ns; Int 0; Int recv_ns; Int 1; Int 1; Int live; level bid 50_000; level ask 50_000;
      Int 0; Int 0; Float 0.; Float 0.; Float 0.; Float (float_of_int bid) ]

let resyncing ~seq = frame [ Int 5; Int seq; Int recv_ns; Int 0; Int resyncing_state; Str "gap"; Int 1 ]
let heartbeat ~seq = frame [ Int 6; Int seq; Int recv_ns ]

(* {2 The socket} *)

let listen path =
  let socket = Unix.socket ~cloexec:true Unix.PF_UNIX Unix.SOCK_STREAM 0 in
  Unix.bind socket (Unix.ADDR_UNIX path);
  Unix.listen socket 4;
  socket

let accept socket ~seconds =
  match Unix.select [ socket ] [] [] seconds with
  | [], _, _ -> failwith "no reader came to the market's socket"
  | _ :: _, _, _ -> fst (Unix.accept ~cloexec:true socket)

let rec send_from socket text from =
  if from < String.length text then
    send_from socket text (from + Unix.write_substring socket text from (String.length text - from))

let send socket text = send_from socket text 0
