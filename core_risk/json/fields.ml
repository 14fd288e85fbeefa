(* A JSON object, read field by field. *)

type t = { path : string; mutable left : (string * Yojson.Safe.t) list }

exception Wrong of string

let wrong format = Printf.ksprintf (fun text -> raise (Wrong text)) format
let id_length_max = 64
let time_ns_max = 4_000_000_000_000_000_000

(* {2 Objects} *)

let rec twice = function
  | [] -> None
  | (name, _) :: rest -> if List.mem_assoc name rest then Some name else twice rest

let named path = if path = "" then "the body" else Printf.sprintf "%S" path
let inside path name = if path = "" then name else path ^ "." ^ name

let whole path value reader =
  match value with
  | `Assoc left -> (
      Option.iter (fun name -> wrong "field %S appears twice" (inside path name)) (twice left);
      let fields = { path; left } in
      let result = reader fields in
      match fields.left with
      | [] -> result
      | (name, _) :: _ -> wrong "unknown field %S" (inside path name))
  | _ -> wrong "%s must be an object" (named path)

let read text reader =
  match Yojson.Safe.from_string text with
  | value -> ( match whole "" value reader with result -> Ok result | exception Wrong reason -> Error reason)
  | exception Yojson.Json_error reason -> Error ("not JSON: " ^ String.concat " " (String.split_on_char '\n' reason))
  | exception Stack_overflow -> Error "not JSON: nested too deep"

let take_opt fields name =
  let found = List.assoc_opt name fields.left in
  fields.left <- List.remove_assoc name fields.left;
  found

let take fields name =
  match take_opt fields name with
  | Some value -> value
  | None -> wrong "field %S is missing" (inside fields.path name)

(* {2 Values} *)

(* What OCaml's integers do not hold arrives as [`Intlit]; no [min] below is −2⁶², which they hold and the contract does not. *)
let int fields name ~min ~max =
  match take fields name with
  | `Int n when n >= min && n <= max -> n
  | `Int _ | `Intlit _ -> wrong "field %S must be %d to %d" (inside fields.path name) min max
  | _ -> wrong "field %S must be an integer" (inside fields.path name)

let positive make fields name =
  match make (int fields name ~min:1 ~max:max_int) with
  | Some value -> value
  | None -> wrong "field %S must be positive" (inside fields.path name)

let price = positive Risk.Price.of_int
let qty = positive Risk.Qty.of_int

let price_or_null fields name =
  match List.assoc_opt name fields.left with
  | Some `Null ->
    ignore (take fields name);
    None
  | Some _ | None -> Some (price fields name)

let money fields name ~min =
  match Risk.Money.of_int (int fields name ~min ~max:Risk.Money.max_e8) with
  | Ok amount -> amount
  | Error Risk.Money.Overflow -> wrong "field %S is out of bounds" (inside fields.path name)

let time_ns fields name = int fields name ~min:0 ~max:time_ns_max

let bool fields name =
  match take fields name with
  | `Bool set -> set
  | _ -> wrong "field %S must be true or false" (inside fields.path name)

let checked_text fields name ~length_max = function
  | `String text when text <> "" && String.length text <= length_max -> text
  | _ -> wrong "field %S must be text of 1 to %d bytes" (inside fields.path name) length_max

let text fields name ~length_max = checked_text fields name ~length_max (take fields name)

let optional_text fields name ~length_max =
  match take fields name with `Null -> None | value -> Some (checked_text fields name ~length_max value)

let id_char = function
  | 'A' .. 'Z' | 'a' .. 'z' | '0' .. '9' | '.' | '_' | ':' | '/' | '-' -> true
  | _ -> false

let is_id text = text <> "" && String.length text <= id_length_max && String.for_all id_char text

let id fields name =
  match take fields name with
  | `String text when is_id text -> text
  | _ ->
    wrong "field %S must be 1 to %d letters, digits or . _ : / -" (inside fields.path name) id_length_max

let choice fields name choices =
  let known = String.concat ", " (List.map fst choices) in
  match take fields name with
  | `String text when List.mem_assoc text choices -> List.assoc text choices
  | _ -> wrong "field %S must be one of: %s" (inside fields.path name) known

(* {2 Nested} *)

let obj fields name reader = whole (inside fields.path name) (take fields name) reader

let list fields name ~length_max reader =
  let path = inside fields.path name in
  match take fields name with
  | `List items ->
    if List.length items > length_max then wrong "field %S has more than %d items" path length_max
    else List.mapi (fun index item -> whole (Printf.sprintf "%s[%d]" path index) item reader) items
  | _ -> wrong "field %S must be a list" path

let ids fields name ~length_max reader =
  let path = inside fields.path name in
  match take fields name with
  | `Assoc items ->
    Option.iter (fun twin -> wrong "field %S appears twice" (inside path twin)) (twice items);
    if List.length items > length_max then wrong "field %S has more than %d entries" path length_max;
    List.map
      (fun (key, item) ->
         if not (is_id key) then wrong "field %S: %S is not an id" path key;
         (key, whole (inside path key) item reader))
      items
  | _ -> wrong "field %S must be an object" path

let maybe fields name reader = if List.mem_assoc name fields.left then Some (reader fields name) else None
