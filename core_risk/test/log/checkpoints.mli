(** The program that tests the log file. *)
