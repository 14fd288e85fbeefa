(** The program [refusal_table API.md]: prints the page with the table of refusals as the types have it. *)
