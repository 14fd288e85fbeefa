(* One row of a table of rules. *)

let row name ?market account order expected =
  Alcotest.test_case name `Quick (fun () ->
      let state, outcome = Scenario.ask ?market (account ()) order in
      Alcotest.(check string) name expected outcome;
      Alcotest.(check (result unit string)) "invariant" (Ok ()) (Risk.State.invariant state))
