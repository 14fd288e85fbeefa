(** tests/vectors, every case. *)
