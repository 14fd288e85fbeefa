(** Frames taken in, quotes given out. *)

val suite : unit Alcotest.test_case list
