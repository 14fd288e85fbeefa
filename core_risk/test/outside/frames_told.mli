(** Reads frames' bodies as lines of hex on standard input; tells of each what it says, or that it was refused. *)
