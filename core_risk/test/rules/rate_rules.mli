(** Rules 27 to 30. *)

val suite : unit Alcotest.test_case list
