(** Rules 2 to 9. *)

val suite : unit Alcotest.test_case list
