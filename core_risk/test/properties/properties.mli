(** What holds of every history. *)
