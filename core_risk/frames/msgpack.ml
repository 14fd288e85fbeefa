(* MessagePack as far as frames need it. *)

type value =
  | Int of int64
  | Beyond_i64
  | Float of float
  | Bool of bool
  | Str of string
  | Bin of { at : int; length : int }
  | Array of value list
  | Other

exception Malformed

let depth_max = 4

(* Every read moves [at] forward and never past the end; nothing is allocated by a length that the input does not have. *)
type cursor = { bytes : string; mutable at : int }

let take cursor count =
  let at = cursor.at in
  if count < 0 || count > String.length cursor.bytes - at then raise Malformed;
  cursor.at <- at + count;
  at

let u8 cursor = String.get_uint8 cursor.bytes (take cursor 1)
let u16 cursor = String.get_uint16_be cursor.bytes (take cursor 2)
let u32 cursor = Int32.to_int (String.get_int32_be cursor.bytes (take cursor 4)) land 0xffff_ffff
let i64 cursor = String.get_int64_be cursor.bytes (take cursor 8)
let int n = Int (Int64.of_int n)
let skip cursor count = ignore (take cursor count : int)

(* The rules of RFC 3629: no overlong form, no surrogate, nothing beyond U+10FFFF. *)
let is_utf_8 text =
  let byte at = if at < String.length text then Char.code text.[at] else 0 in
  let follows at least most = byte at >= least && byte at <= most in
  let rec from at =
    let two = follows (at + 1) 0x80 0xbf in
    let three = two && follows (at + 2) 0x80 0xbf in
    at >= String.length text
    ||
    match byte at with
    | first when first <= 0x7f -> from (at + 1)
    | first when first >= 0xc2 && first <= 0xdf && two -> from (at + 2)
    | 0xe0 when three && byte (at + 1) >= 0xa0 -> from (at + 3)
    | 0xed when three && byte (at + 1) <= 0x9f -> from (at + 3)
    | first when first >= 0xe1 && first <= 0xef && first <> 0xed && three -> from (at + 3)
    | 0xf0 when three && byte (at + 1) >= 0x90 && follows (at + 3) 0x80 0xbf -> from (at + 4)
    | 0xf4 when three && byte (at + 1) <= 0x8f && follows (at + 3) 0x80 0xbf -> from (at + 4)
    | first when first >= 0xf1 && first <= 0xf3 && three && follows (at + 3) 0x80 0xbf -> from (at + 4)
    | _ -> false
  in
  from 0

let text cursor length =
  let at = take cursor length in
  let text = String.sub cursor.bytes at length in
  if is_utf_8 text then Str text else raise Malformed

let bin cursor length = Bin { at = take cursor length; length }

let float_32 cursor = Float (Int32.float_of_bits (String.get_int32_be cursor.bytes (take cursor 4)))
let float_64 cursor = Float (Int64.float_of_bits (i64 cursor))

let extension cursor length =
  skip cursor (length + 1);
  Other

let unsigned cursor =
  let n = i64 cursor in
  if Int64.compare n 0L < 0 then Beyond_i64 else Int n

let signed_32 cursor = Int32.to_int (String.get_int32_be cursor.bytes (take cursor 4))

let rec value cursor depth =
  match u8 cursor with
  | tag when tag <= 0x7f -> int tag
  | tag when tag <= 0x8f -> map cursor depth (tag land 0x0f)
  | tag when tag <= 0x9f -> array cursor depth (tag land 0x0f)
  | tag when tag <= 0xbf -> text cursor (tag land 0x1f)
  | tag when tag >= 0xe0 -> int (tag - 0x100)
  | 0xc0 -> Other
  | 0xc2 -> Bool false
  | 0xc3 -> Bool true
  | 0xc4 -> bin cursor (u8 cursor)
  | 0xc5 -> bin cursor (u16 cursor)
  | 0xc6 -> bin cursor (u32 cursor)
  | 0xc7 -> extension cursor (u8 cursor)
  | 0xc8 -> extension cursor (u16 cursor)
  | 0xc9 -> extension cursor (u32 cursor)
  | 0xca -> float_32 cursor
  | 0xcb -> float_64 cursor
  | 0xcc -> int (u8 cursor)
  | 0xcd -> int (u16 cursor)
  | 0xce -> int (u32 cursor)
  | 0xcf -> unsigned cursor
  | 0xd0 -> int (String.get_int8 cursor.bytes (take cursor 1))
  | 0xd1 -> int (String.get_int16_be cursor.bytes (take cursor 2))
  | 0xd2 -> int (signed_32 cursor)
  | 0xd3 -> Int (i64 cursor)
  | 0xd4 -> extension cursor 1
  | 0xd5 -> extension cursor 2
  | 0xd6 -> extension cursor 4
  | 0xd7 -> extension cursor 8
  | 0xd8 -> extension cursor 16
  | 0xd9 -> text cursor (u8 cursor)
  | 0xda -> text cursor (u16 cursor)
  | 0xdb -> text cursor (u32 cursor)
  | 0xdc -> array cursor depth (u16 cursor)
  | 0xdd -> array cursor depth (u32 cursor)
  | 0xde -> map cursor depth (u16 cursor)
  | 0xdf -> map cursor depth (u32 cursor)
  | _ -> raise Malformed

and array cursor depth count =
  if depth >= depth_max then raise Malformed;
  let rec items left items_so_far =
    if left = 0 then Array (List.rev items_so_far) else items (left - 1) (value cursor (depth + 1) :: items_so_far)
  in
  items count []

and map cursor depth count =
  if depth >= depth_max then raise Malformed;
  for _ = 1 to 2 * count do
    ignore (value cursor (depth + 1) : value)
  done;
  Other

let parse bytes =
  let cursor = { bytes; at = 0 } in
  match value cursor 0 with
  | parsed -> if cursor.at = String.length bytes then Some parsed else None
  | exception Malformed -> None
