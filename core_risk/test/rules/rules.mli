(** All suites of this folder. *)
