(** Rules 22 to 26. *)

val suite : unit Alcotest.test_case list
