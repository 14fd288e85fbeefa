(** Prints a document with the table of refusals between its two markers. *)
