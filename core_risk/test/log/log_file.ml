(* The log file: what a crash may leave is cut off, what it cannot leave is named and nothing is changed. *)

open Risk_log

let payloads = [ {|{"event":"first"}|}; {|{"event":"the operator's words, with spaces"}|}; {|{"event":"third"}|} ]
let keep kept ~seq:_ payload = Ok (payload :: kept)

(* {2 Files} *)

let path_of name = Filename.concat (Filename.get_temp_dir_name ()) (Printf.sprintf "log_file-%d-%s" (Unix.getpid ()) name)

let with_path name work =
  let path = path_of name in
  Fun.protect
    ~finally:(fun () -> try Unix.unlink path with Unix.Unix_error (Unix.ENOENT, _, _) -> ())
    (fun () -> work path)

let write path text =
  let channel = open_out_bin path in
  Fun.protect ~finally:(fun () -> close_out channel) (fun () -> output_string channel text)

let read path =
  let channel = open_in_bin path in
  Fun.protect ~finally:(fun () -> close_in channel) (fun () -> really_input_string channel (in_channel_length channel))

let open_kept path = Journal.open_file ~path ~init:[] ~fold:keep ()
let verify_kept path = Journal.verify ~path ~init:[] ~fold:keep

let opened path =
  match open_kept path with Ok opened -> opened | Error fault -> Alcotest.fail (Journal.fault_text ~path fault)

(* Opens, appends, closes; what was there before. *)
let append path more =
  let { Journal.journal; folded; cut_bytes } = opened path in
  Journal.set_fsync journal false;
  List.iter (Journal.append journal) more;
  Journal.close journal;
  (List.rev folded, cut_bytes)

(* The bytes of a log of these payloads, and where each record begins. *)
let log_of payloads =
  with_path "made" (fun path ->
      ignore (append path payloads : string list * int);
      read path)

let starts text =
  let rec from at =
    match String.index_from_opt text at '\n' with
    | Some line_feed -> at :: from (line_feed + 1)
    | None -> []
  in
  from 0

let texts = Alcotest.(list string)

let named = function
  | Journal.In_use -> "in_use"
  | Corrupt { record; offset; why = _ } -> Printf.sprintf "corrupt record %d at %d" record offset
  | Rejected { record; offset; why } -> Printf.sprintf "rejected record %d at %d: %s" record offset why
  | Unusable why -> "unusable: " ^ why

(* {2 What is written is read} *)

let records_come_back_in_their_order () =
  with_path "order" (fun path ->
      ignore (append path [ List.hd payloads ] : string list * int);
      let folded, _ = append path (List.tl payloads) in
      Alcotest.check texts "the first" [ List.hd payloads ] folded;
      let folded, cut = append path [] in
      Alcotest.check texts "all" payloads folded;
      Alcotest.(check int) "nothing is cut" 0 cut)

let any_payload_comes_back =
  let line = QCheck.Gen.(map (String.map (fun char -> if char = '\n' then ' ' else char)) (string_size (0 -- 200))) in
  QCheck.Test.make ~count:50 ~name:"any payload without a line feed comes back"
    (QCheck.make QCheck.Gen.(list_size (0 -- 5) line))
    (fun payloads ->
       with_path "any" (fun path ->
           ignore (append path payloads : string list * int);
           match verify_kept path with
           | Ok (folded, records, _) -> List.rev folded = payloads && records = List.length payloads
           | Error fault -> QCheck.Test.fail_report (Journal.fault_text ~path fault)))

let the_file_is_its_owners_alone () =
  with_path "mode" (fun path ->
      ignore (append path payloads : string list * int);
      Alcotest.(check int) "mode" 0o600 ((Unix.stat path).st_perm land 0o777))

(* {2 What a crash leaves} *)

let last_start text = match List.rev (starts text) with last :: _ -> last | [] -> Alcotest.fail "no record"

let a_write_cut_at_any_byte_is_cut_off () =
  let text = log_of payloads in
  let last = last_start text in
  for length = last + 1 to String.length text - 1 do
    with_path "torn" (fun path ->
        write path (String.sub text 0 length);
        let folded, cut = append path [ "again" ] in
        Alcotest.check texts "the whole ones are kept" [ List.nth payloads 0; List.nth payloads 1 ] folded;
        Alcotest.(check int) "the rest is cut" (length - last) cut;
        let folded, cut = append path [] in
        Alcotest.check texts "the log goes on" [ List.nth payloads 0; List.nth payloads 1; "again" ] folded;
        Alcotest.(check int) "once" 0 cut)
  done

let zeros count = String.make count '\000'

let a_block_that_was_never_written_is_cut_off () =
  let text = log_of payloads in
  let last = last_start text in
  let length = String.length text - last in
  let whole = String.sub text 0 last in
  let half = String.sub text last (length / 2) in
  List.iter
    (fun (what, tail) ->
       with_path "zeros" (fun path ->
           write path (whole ^ tail);
           let folded, cut = append path [] in
           Alcotest.check texts what [ List.nth payloads 0; List.nth payloads 1 ] folded;
           Alcotest.(check int) what (String.length tail) cut))
    [ ("all of it", zeros length); ("all but the line feed", zeros (length - 1) ^ "\n");
      ("its end", half ^ zeros (length - (length / 2)));
      ("its middle", half ^ zeros (length - (length / 2) - 1) ^ "\n") ]

let an_empty_file_is_an_empty_log () =
  with_path "empty" (fun path ->
      write path "";
      Alcotest.check texts "nothing" [] (fst (append path [])))

(* {2 What a crash cannot leave} *)

let must_be_corrupt what path =
  match verify_kept path with
  | Error (Journal.Corrupt _) -> ()
  | Error ((Journal.In_use | Rejected _ | Unusable _) as fault) -> Alcotest.failf "%s: %s" what (named fault)
  | Ok (folded, _, _) -> Alcotest.failf "%s passed unseen, %d records" what (List.length folded)

let flipped text at bit =
  String.mapi (fun index char -> if index = at then Char.chr (Char.code char lxor (1 lsl bit)) else char) text

let every_flipped_bit_is_found () =
  let text = log_of payloads in
  with_path "flipped" (fun path ->
      for at = 0 to String.length text - 1 do
        for bit = 0 to 7 do
          write path (flipped text at bit);
          must_be_corrupt (Printf.sprintf "byte %d bit %d" at bit) path
        done
      done)

let a_line_that_vanished_doubled_or_moved_is_found () =
  match String.split_on_char '\n' (log_of payloads) with
  | [ a; b; c; "" ] ->
    List.iter
      (fun (what, lines) ->
         with_path "moved" (fun path ->
             write path (String.concat "" (List.map (fun line -> line ^ "\n") lines));
             must_be_corrupt what path))
      [ ("the first is gone", [ b; c ]); ("the second is gone", [ a; c ]); ("one is there twice", [ a; b; b; c ]);
        ("two changed places", [ a; c; b ]); ("an empty line", [ a; ""; b; c ]) ]
  | _ -> Alcotest.fail "three lines were written"

let a_line_of_another_log_is_found () =
  match
    ( String.split_on_char '\n' (log_of payloads),
      String.split_on_char '\n' (log_of [ "another"; List.nth payloads 1 ]) )
  with
  | a :: _, _ :: theirs :: _ ->
    with_path "another" (fun path ->
        write path (a ^ "\n" ^ theirs ^ "\n");
        must_be_corrupt "the same payload after another first record" path)
  | _ -> Alcotest.fail "lines were written"

let a_line_without_end_is_refused_before_it_fills_the_memory () =
  with_path "long" (fun path ->
      write path (String.make (Journal.record_bytes_max + 1) 'x');
      must_be_corrupt "a line beyond the bound" path)

let a_refused_log_is_left_as_it_is () =
  let text = flipped (log_of payloads) 30 0 in
  with_path "left" (fun path ->
      write path text;
      (match open_kept path with
       | Error fault -> Alcotest.(check string) "named" "corrupt record 1 at 0" (named fault)
       | Ok _ -> Alcotest.fail "it was opened");
      Alcotest.(check string) "not a byte changed" text (read path))

(* {2 Who may have it} *)

let what_the_fold_rejects_is_named () =
  let text = log_of payloads in
  let fold kept ~seq payload = if seq = 2 then Error "not this one" else keep kept ~seq payload in
  with_path "rejected" (fun path ->
      write path text;
      match Journal.open_file ~path ~init:[] ~fold () with
      | Error fault ->
        Alcotest.(check string) "named"
          (Printf.sprintf "rejected record 2 at %d: not this one" (List.nth (starts text) 1))
          (named fault)
      | Ok _ -> Alcotest.fail "it was opened")

(* A lock holds against another process; the same one may open its own file twice. *)
let a_log_that_another_process_holds_is_refused () =
  with_path "held" (fun path ->
      let { Journal.journal; folded = _; cut_bytes = _ } = opened path in
      let status =
        match Unix.fork () with
        | 0 -> Unix._exit (match open_kept path with Error Journal.In_use -> 0 | Error _ -> 1 | Ok _ -> 2)
        | other -> snd (Unix.waitpid [] other)
      in
      Journal.close journal;
      Alcotest.(check bool) "refused as in use" true (status = Unix.WEXITED 0))

let a_place_that_cannot_be_written_is_unusable () =
  match open_kept "/nowhere/at/all/core_risk.log" with
  | Error (Journal.Unusable _) -> ()
  | Error ((Journal.In_use | Corrupt _ | Rejected _) as fault) -> Alcotest.fail (named fault)
  | Ok _ -> Alcotest.fail "it was opened"

let () =
  let case (name, test) = Alcotest.test_case name `Quick test in
  Alcotest.run "log file"
    [ ( "what is written is read",
        [ case ("records_come_back_in_their_order", records_come_back_in_their_order);
          case ("any_payload_comes_back", fun () -> QCheck.Test.check_exn any_payload_comes_back);
          case ("the_file_is_its_owners_alone", the_file_is_its_owners_alone) ] );
      ( "what a crash leaves",
        List.map case
          [ ("a_write_cut_at_any_byte_is_cut_off", a_write_cut_at_any_byte_is_cut_off);
            ("a_block_that_was_never_written_is_cut_off", a_block_that_was_never_written_is_cut_off);
            ("an_empty_file_is_an_empty_log", an_empty_file_is_an_empty_log) ] );
      ( "what a crash cannot leave",
        List.map case
          [ ("every_flipped_bit_is_found", every_flipped_bit_is_found);
            ("a_line_that_vanished_doubled_or_moved_is_found", a_line_that_vanished_doubled_or_moved_is_found);
            ("a_line_of_another_log_is_found", a_line_of_another_log_is_found);
            ( "a_line_without_end_is_refused_before_it_fills_the_memory",
              a_line_without_end_is_refused_before_it_fills_the_memory );
            ("a_refused_log_is_left_as_it_is", a_refused_log_is_left_as_it_is) ] );
      ( "who may have it",
        List.map case
          [ ("what_the_fold_rejects_is_named", what_the_fold_rejects_is_named);
            ("a_log_that_another_process_holds_is_refused", a_log_that_another_process_holds_is_refused);
            ("a_place_that_cannot_be_written_is_unusable", a_place_that_cannot_be_written_is_unusable) ] ) ]
