(** The core without anything around it. *)
