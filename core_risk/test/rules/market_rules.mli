(** Rules 10 to 15. *)

val suite : unit Alcotest.test_case list
