(* Frames' bodies as lines of hex → a line each: `refused`, or kind, seq, recv_ns and what this reader keeps. *)

open Risk

let unhex hex = String.init (String.length hex / 2) (fun i -> Char.chr (int_of_string ("0x" ^ String.sub hex (2 * i) 2)))
let hex text = String.concat "" (List.map (fun c -> Printf.sprintf "%02x" (Char.code c)) (List.of_seq (String.to_seq text)))
let price = function None -> "-" | Some (price : Price.t) -> string_of_int (price :> int)
let index = function None -> "-1" | Some index -> string_of_int index

let told (frame : Frames.Frame.t) =
  let kind, rest =
    match frame.body with
    | Hello hello ->
      ( 1,
        [ hex hello.build; hex hello.session; hello.venue; string_of_bool hello.simulated; hello.clock;
          string_of_int hello.next_seq; string_of_int hello.catch_up;
          string_of_int (List.length hello.instruments) ] )
    | Book book ->
      ( 2,
        [ string_of_int book.instrument;
          string_of_int (Quote.feed_state_number book.state);
          price book.bid; price book.ask ] )
    | Trade -> (3, [])
    | Candle -> (4, [])
    | Status { instrument; state } -> (5, [ index instrument; string_of_int (Quote.feed_state_number state) ])
    | Heartbeat -> (6, [])
    | Skipped { from } -> (7, [ string_of_int from ])
    | Goodbye { reason } -> (8, [ reason ])
  in
  String.concat " " (List.map string_of_int [ kind; frame.seq; frame.recv_ns ] @ rest)

let () =
  try
    while true do
      print_endline
        (match Frames.Frame.decode_body (unhex (input_line stdin)) with Ok frame -> told frame | Error _ -> "refused")
    done
  with End_of_file -> ()
