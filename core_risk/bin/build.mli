(** The build that every program of the appliance shares. *)

val id : string
