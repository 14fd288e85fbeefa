(* A checkpoint beside the log: believed whole or not at all, and a log that has lost its end is found by it. *)

open Risk_log

let keep kept ~seq:_ payload = Ok (payload :: kept)
let payloads = List.init 6 (Printf.sprintf "payload %d")
let program = "this"

let with_log name work =
  let path = Filename.concat (Filename.get_temp_dir_name ()) (Printf.sprintf "checkpoints-%d-%s" (Unix.getpid ()) name) in
  let remove path = try Unix.unlink path with Unix.Unix_error (Unix.ENOENT, _, _) -> () in
  Fun.protect
    ~finally:(fun () -> List.iter remove [ path; Checkpoint.path ~log:path ])
    (fun () -> work path)

let read path =
  let channel = open_in_bin path in
  Fun.protect ~finally:(fun () -> close_in channel) (fun () -> really_input_string channel (in_channel_length channel))

let write path text =
  let channel = open_out_bin path in
  Fun.protect ~finally:(fun () -> close_out channel) (fun () -> output_string channel text)

let must = function Ok value -> value | Error why -> Alcotest.fail why
let named path = Result.map_error (Journal.fault_text ~path)

(* Writes all payloads, keeps a checkpoint after the fourth. *)
let lived path =
  let { Journal.journal; folded = _; cut_bytes = _ } =
    must (named path (Journal.open_file ~path ~init:[] ~fold:keep ()))
  in
  List.iteri
    (fun index payload ->
       Journal.append journal payload;
       if index = 3 then
         must
           (Checkpoint.write ~log:path ~program
              { seq = Journal.seq journal; offset = Journal.offset journal; head = Journal.head journal;
                content = "what four made" }))
    payloads;
  Journal.close journal

let since path =
  match Checkpoint.read ~log:path ~program with
  | Checkpoint.Found { seq; offset; head; content } -> { Journal.seq; offset; head; folded = [ content ] }
  | None_yet -> Alcotest.fail "there is no checkpoint"
  | Misfit why -> Alcotest.fail why

let opened path = Journal.open_file ~path ~since:(since path) ~init:[] ~fold:keep ()

let only_what_follows_is_read () =
  with_log "follows" (fun path ->
      lived path;
      let { Journal.journal; folded; cut_bytes } = must (named path (opened path)) in
      Journal.append journal "and on";
      Journal.close journal;
      Alcotest.(check (list string)) "the rest" [ "payload 5"; "payload 4"; "what four made" ] folded;
      Alcotest.(check int) "nothing is cut" 0 cut_bytes;
      match Journal.verify ~path ~init:[] ~fold:keep with
      | Ok (_, records, _) -> Alcotest.(check int) "the chain goes on" 7 records
      | Error fault -> Alcotest.fail (Journal.fault_text ~path fault))

let must_be_corrupt what path =
  match opened path with
  | Error (Journal.Corrupt _) -> ()
  | Error ((In_use | Rejected _ | Unusable _) as fault) -> Alcotest.fail (what ^ ": " ^ Journal.fault_text ~path fault)
  | Ok _ -> Alcotest.fail (what ^ " passed unseen")

let a_log_that_lost_its_end_is_refused () =
  with_log "lost" (fun path ->
      lived path;
      let text = read path in
      let { Journal.offset; _ } = since path in
      List.iter
        (fun length ->
           write path (String.sub text 0 length);
           must_be_corrupt (Printf.sprintf "cut at %d" length) path)
        [ 0; 1; offset / 2; offset - 1 ];
      write path (String.sub text 0 offset);
      Alcotest.(check bool) "up to the checkpoint it is whole" true (Result.is_ok (opened path)))

let another_log_in_its_place_is_refused () =
  with_log "another" (fun path ->
      lived path;
      let text = read path in
      let moved = String.sub text 1 (String.length text - 1) ^ "x" in
      write path moved;
      must_be_corrupt "moved by a byte" path;
      write path (String.map (fun char -> if char = '\n' then '\n' else 'z') text);
      must_be_corrupt "other records" path)

let a_flipped_bit_of_it_is_a_misfit () =
  with_log "flipped" (fun path ->
      lived path;
      let file = Checkpoint.path ~log:path in
      let text = read file in
      String.iteri
        (fun at char ->
           List.iter
             (fun bit ->
                write file
                  (String.mapi (fun index was -> if index = at then Char.chr (Char.code char lxor (1 lsl bit)) else was) text);
                match Checkpoint.read ~log:path ~program with
                | Checkpoint.Misfit _ -> ()
                | Found _ | None_yet -> Alcotest.failf "byte %d bit %d passed unseen" at bit)
             [ 0; 3; 7 ])
        text)

let that_of_another_program_is_a_misfit () =
  with_log "program" (fun path ->
      Alcotest.(check bool) "none yet" true (Checkpoint.read ~log:path ~program = None_yet);
      lived path;
      match Checkpoint.read ~log:path ~program:"another" with
      | Checkpoint.Misfit _ -> ()
      | Found _ | None_yet -> Alcotest.fail "it was believed")

let () =
  let case (name, test) = Alcotest.test_case name `Quick test in
  Alcotest.run "checkpoints of the log"
    [ ( "a checkpoint",
        List.map case
          [ ("only_what_follows_is_read", only_what_follows_is_read);
            ("a_log_that_lost_its_end_is_refused", a_log_that_lost_its_end_is_refused);
            ("another_log_in_its_place_is_refused", another_log_in_its_place_is_refused);
            ("a_flipped_bit_of_it_is_a_misfit", a_flipped_bit_of_it_is_a_misfit);
            ("that_of_another_program_is_a_misfit", that_of_another_program_is_a_misfit) ] ) ]
