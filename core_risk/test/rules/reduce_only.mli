(** What a reduce_only order passes, and what not. *)

val suite : unit Alcotest.test_case list
