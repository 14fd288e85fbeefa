(** Rules 16 to 21. *)

val suite : unit Alcotest.test_case list
