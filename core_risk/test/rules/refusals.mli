(** Names and numbers against the shared vocabulary. *)

val suite : unit Alcotest.test_case list
