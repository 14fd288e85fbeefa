(* All suites of this folder. *)

let () =
  Alcotest.run "rules"
    [ ("standing", Standing_rules.suite);
      ("market", Market_rules.suite);
      ("size", Size_rules.suite);
      ("exposure", Exposure_rules.suite);
      ("rate", Rate_rules.suite);
      ("reduce_only", Reduce_only.suite);
      ("account", Account.suite);
      ("refusals", Refusals.suite);
      ("market view", View.suite);
      ("requests", Requests.suite);
      ("configuration", Configuration.suite) ]
