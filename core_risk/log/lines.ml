(* Lines of a file, read in blocks: a channel's own reading of single bytes takes a lock for each. *)

type t = {
  channel : in_channel;
  length_max : int;
  block : Bytes.t;
  mutable from : int;
  mutable upto : int;
  line : Buffer.t;  (** what earlier blocks held of the present line *)
}

type line = Line of string | Tail of string | Too_long | End

let block_bytes = 65_536
let line_bytes = 1_024

let of_channel channel ~length_max =
  { channel; length_max; block = Bytes.create block_bytes; from = 0; upto = 0; line = Buffer.create line_bytes }

let refill lines =
  lines.from <- 0;
  lines.upto <- input lines.channel lines.block 0 block_bytes;
  lines.upto > 0

(* The index of the next line feed among what is in the block, or the block's end. *)
let feed lines =
  match Bytes.index_from_opt lines.block lines.from '\n' with
  | Some index when index < lines.upto -> index
  | Some _ | None -> lines.upto

let take lines upto =
  Buffer.add_subbytes lines.line lines.block lines.from (upto - lines.from);
  lines.from <- upto

let finished lines =
  let text = Buffer.contents lines.line in
  Buffer.clear lines.line;
  text

let rec next lines =
  if lines.from = lines.upto && not (refill lines) then
    if Buffer.length lines.line = 0 then End else Tail (finished lines)
  else
    let index = feed lines in
    if Buffer.length lines.line + index - lines.from > lines.length_max then Too_long
    else (
      take lines index;
      if index = lines.upto then next lines
      else (
        lines.from <- index + 1;
        Line (finished lines)))
