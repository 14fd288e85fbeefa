(** The program that tests core_risk from outside. Its first argument is core_risk. *)
