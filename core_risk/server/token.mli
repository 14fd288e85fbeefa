(** The secret of this start, without which nothing is answered. *)

type t

val of_text : string -> (t, string) result
(** At least 16 characters. *)

val is_in : t -> header:string option -> bool
(** Whether an Authorization header carries it; takes as long whatever is wrong. *)
