(* The secret of this start. *)

type t = { digest : string }

let length_min = 16
let scheme = "Bearer "

let of_text text =
  if String.length text < length_min then Error (Printf.sprintf "the token must have at least %d characters" length_min)
  else Ok { digest = Sha256.to_bin (Sha256.string (scheme ^ text)) }

(* Digests have one length, and every byte of them is compared. *)
let same a b =
  let differing = ref 0 in
  String.iteri (fun at byte -> differing := !differing lor (Char.code byte lxor Char.code b.[at])) a;
  !differing = 0

let is_in token ~header =
  same token.digest (Sha256.to_bin (Sha256.string (Option.value header ~default:"")))
