(** The program [verdict_bench]: what one verdict takes over the Unix socket, with and without the disk. *)
