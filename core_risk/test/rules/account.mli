(** Fills, ends, deposits, marks, halts. *)

val suite : unit Alcotest.test_case list
