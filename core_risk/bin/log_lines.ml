(* What this process says, on standard error. *)

module Config = Risk_json.Config_json

let level = function
  | Config.Debug -> Logs.Debug
  | Config.Info -> Logs.Info
  | Config.Warning -> Logs.Warning
  | Config.Error -> Logs.Error

let timestamp () =
  let now = Unix.gettimeofday () in
  let utc = Unix.gmtime now in
  let ms = int_of_float (Float.rem now 1. *. 1_000.) in
  Printf.sprintf "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" (1900 + utc.tm_year) (1 + utc.tm_mon) utc.tm_mday utc.tm_hour
    utc.tm_min utc.tm_sec ms

(* Without a buffer: what one could not take would be tried again at the exit, and its failure be the exit status. *)
let tell line =
  let line = line ^ "\n" in
  match Unix.write_substring Unix.stderr line 0 (String.length line) with
  | (_ : int) -> ()
  | exception Unix.Unix_error _ -> () (* nobody is left to be told *)

let print level event =
  let line =
    `Assoc
      [ ("timestamp", `String (timestamp ())); ("level", `String (Logs.level_to_string (Some level)));
        ("program", `String "core_risk"); ("event", `String event) ]
  in
  tell (Yojson.Safe.to_string line)

let reporter =
  let report _source level ~over k message =
    message (fun ?header:_ ?tags:_ format ->
        Format.kasprintf
          (fun event ->
             print level event;
             over ();
             k ())
          format)
  in
  { Logs.report }

let start chosen =
  Logs.set_reporter reporter;
  Logs.set_level (Some (level chosen));
  (* cohttp says every request at its debug level, and with it the token. *)
  List.iter
    (fun source ->
       if String.length (Logs.Src.name source) >= 6 && String.sub (Logs.Src.name source) 0 6 = "cohttp" then
         Logs.Src.set_level source (Some Logs.Error))
    (Logs.Src.list ())
