(* Named places at which a test may kill this process. *)

type place =
  | Before_write
  | After_write
  | After_fsync
  | After_answer
  | Before_checkpoint_rename
  | After_checkpoint_rename

let variable = "QF_CRASH_AT"
let program = "core_risk."

let places =
  [ (Before_write, "before_write"); (After_write, "after_write"); (After_fsync, "after_fsync");
    (After_answer, "after_answer"); (Before_checkpoint_rename, "before_checkpoint_rename");
    (After_checkpoint_rename, "after_checkpoint_rename") ]

let begins_with prefix text =
  String.length text >= String.length prefix && String.equal prefix (String.sub text 0 (String.length prefix))

type wanted = { place : place; mutable passings : int }

let understood text =
  let own = String.sub text (String.length program) (String.length text - String.length program) in
  match String.split_on_char ':' own with
  | [ name; times ] -> (
      match (List.find_opt (fun (_, known) -> String.equal known name) places, int_of_string_opt times) with
      | Some (place, _), Some passings when passings > 0 -> Some { place; passings }
      | (Some _ | None), (Some _ | None) -> None)
  | _ -> None

let wanted =
  match Sys.getenv_opt variable with
  | Some text when begins_with program text -> Option.to_result ~none:text (understood text) |> Result.map Option.some
  | Some _ | None -> Ok None

let check () =
  match wanted with
  | Ok _ -> Ok ()
  | Error text ->
    Error
      (Printf.sprintf "%s: found %s; write one of %s, a colon and a number from 1" variable text
         (String.concat ", " (List.map (fun (_, name) -> program ^ name) places)))

let is_armed = match wanted with Ok (Some _) -> true | Ok None | Error _ -> false

let reach place =
  match wanted with
  | Ok (Some wanted) when wanted.place = place ->
    wanted.passings <- wanted.passings - 1;
    if wanted.passings = 0 then Unix.kill (Unix.getpid ()) Sys.sigkill
  | Ok (Some _ | None) | Error _ -> ()
