(* Names and numbers against the shared vocabulary. *)

open Risk

let vocabulary = "strategy/quantumflow/vocabulary.py"

let lines path =
  let channel = open_in path in
  Fun.protect
    ~finally:(fun () -> close_in channel)
    (fun () -> String.split_on_char '\n' (really_input_string channel (in_channel_length channel)))

(* The members of `class Refusal(IntEnum)` from 1 to 49. *)
let shared () =
  let rec members inside = function
    | [] -> []
    | line :: rest when line = "class Refusal(IntEnum):" -> members true rest
    | line :: _ when inside && String.length line > 5 && String.sub line 0 5 = "class" -> []
    | line :: rest -> (
        match String.split_on_char '=' (String.trim line) with
        | [ name; number ] when inside -> (
            match int_of_string_opt (String.trim number) with
            | Some number when number >= 1 && number < 50 ->
              (number, String.lowercase_ascii (String.trim name)) :: members inside rest
            | Some _ | None -> members inside rest)
        | _ -> members inside rest)
  in
  members false (lines (Scenario.root_file vocabulary))

let ours = List.map (fun refusal -> (Refusal.number refusal, Refusal.name refusal)) Refusal.all

(* Refusals that a rule function gives, in the order in which they are asked. *)
let asked =
  List.map fst Rules_standing.all
  @ Refusal.[ Unknown_instrument; Unknown_bot; Market_unseen; Market_not_live; Market_crossed; Stale_market ]
  @ List.map fst Rules_size.all @ List.map fst Rules_rate.all @ List.map fst Rules_size.of_the_day

let small_is_asked_everything () =
  let _, reply = Step.step (Scenario.account Scenario.limits) (Step.Asked (Scenario.order 5, Scenario.market)) in
  match reply with
  | Step.Decided { findings; _ } ->
    Alcotest.(check (list string))
      "rules asked"
      (List.map Refusal.name asked)
      (List.map (fun (finding : Finding.t) -> Refusal.name finding.rule) findings)
  | _ -> Alcotest.fail "no verdict"

let test name check = Alcotest.test_case name `Quick check

let suite =
  [ test "names and numbers are the vocabulary's" (fun () ->
        Alcotest.(check (list (pair int string))) "refusals" (shared ()) ours);
    test "every name is read back" (fun () ->
        List.iter
          (fun refusal ->
             Alcotest.(check bool) (Refusal.name refusal) true (Refusal.of_name (Refusal.name refusal) = Some refusal))
          Refusal.all);
    test "rules are asked in the order of the table" (fun () ->
        Alcotest.(check (list int)) "numbers" (List.sort Int.compare (List.map Refusal.number asked))
          (List.map Refusal.number asked));
    test "every rule is asked of an order that passes" small_is_asked_everything;
    test "the table has a row for each" (fun () ->
        Alcotest.(check int) "lines" (List.length Refusal.all + 2)
          (List.length (String.split_on_char '\n' (Refusal.table ())))) ]
