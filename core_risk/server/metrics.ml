(* Counters of this process. Labels come from closed sets (routes, statuses, verdicts, refusals), so their number is bounded. *)

type t = {
  answers : (string * int, int) Hashtbl.t;
  verdicts : (string * string, int) Hashtbl.t;
  append_buckets : int array;
  mutable append_count : int;
  mutable append_seconds : float;
}

let bucket_bounds = [| 0.0001; 0.0002; 0.0005; 0.001; 0.002; 0.005; 0.01; 0.05; 0.25; 1.0 |]

let make () =
  { answers = Hashtbl.create 32; verdicts = Hashtbl.create 64;
    append_buckets = Array.make (Array.length bucket_bounds) 0; append_count = 0; append_seconds = 0. }

let add table key = Hashtbl.replace table key (1 + Option.value (Hashtbl.find_opt table key) ~default:0)
let answered metrics ~route ~status = add metrics.answers (route, status)
let decided metrics ~verdict ~refusal = add metrics.verdicts (verdict, refusal)

let appended metrics ~seconds =
  Array.iteri
    (fun index bound ->
       if seconds <= bound then metrics.append_buckets.(index) <- metrics.append_buckets.(index) + 1)
    bucket_bounds;
  metrics.append_count <- metrics.append_count + 1;
  metrics.append_seconds <- metrics.append_seconds +. seconds

let head name kind help = Printf.sprintf "# HELP %s %s\n# TYPE %s %s\n" name help name kind

let sorted table = List.sort compare (Hashtbl.fold (fun key count rows -> (key, count) :: rows) table [])

let answers metrics =
  head "core_risk_requests_total" "counter" "Answers by route and status."
  ^ String.concat ""
    (List.map
       (fun ((route, status), count) ->
          Printf.sprintf "core_risk_requests_total{route=%S,status=\"%d\"} %d\n" route status count)
       (sorted metrics.answers))

let verdicts metrics =
  head "core_risk_verdicts_total" "counter" "Verdicts by their word and refusal."
  ^ String.concat ""
    (List.map
       (fun ((verdict, refusal), count) ->
          Printf.sprintf "core_risk_verdicts_total{verdict=%S,refusal=%S} %d\n" verdict refusal count)
       (sorted metrics.verdicts))

let appends metrics =
  let name = "core_risk_log_append_seconds" in
  let bucket index bound = Printf.sprintf "%s_bucket{le=\"%g\"} %d\n" name bound metrics.append_buckets.(index) in
  head name "histogram" "Time of one record to the disk."
  ^ String.concat "" (Array.to_list (Array.mapi bucket bucket_bounds))
  ^ Printf.sprintf "%s_bucket{le=\"+Inf\"} %d\n%s_sum %.6f\n%s_count %d\n" name metrics.append_count name
    metrics.append_seconds name metrics.append_count

let gauge (name, help, value) = head name "gauge" help ^ Printf.sprintf "%s %d\n" name value

let text metrics ~gauges =
  String.concat "" (answers metrics :: verdicts metrics :: appends metrics :: List.map gauge gauges)
