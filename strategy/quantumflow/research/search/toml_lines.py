"""Where a key stands in a TOML file, so that a refusal can name the line. Tables and keys as people write them."""

import re

__all__ = ["line_of"]

_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"\s*(?:\"([^\"]+)\"|([A-Za-z0-9_-]+))\s*=")


def line_of(text: str, path: str) -> int:
    """The line (from 1) of `table.key`, else of the table, else 0. `data.2.use`: in the second [[data]]."""
    wanted = path.split(".")
    table, key = wanted[0], wanted[-1] if len(wanted) > 1 else ""
    number = int(wanted[1]) if len(wanted) > 2 and wanted[1].isdigit() else 1
    at, seen, begin = "", 0, 0
    for line, content in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(content):
            at = header[1]
            seen += at == table
            begin = line if at == table and seen == number else begin
        elif at == table and seen == number and (found := _KEY.match(content)) and key in found.groups():
            return line
    return begin
