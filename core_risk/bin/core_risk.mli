(** The program [core_risk]. *)
