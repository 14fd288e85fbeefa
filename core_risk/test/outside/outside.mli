(** Every parser of core_risk for bytes from outside, driven by a seeded mutator. *)
