"""The one place of a document that is rewritten: between its two markers, and nothing else. Pure."""

from quantumflow.errors import ApplianceRefused

__all__ = ["BEGIN", "END", "rewrite"]

BEGIN = "<!-- report:begin -->"
END = "<!-- report:end -->"


def rewrite(document: str, section: str, where: str) -> str:
    """`document` with `section` between its markers. Raises ApplianceRefused by name; then nothing is to be written."""
    lines = document.split("\n")
    places = []
    for marker in (BEGIN, END):
        found = [number for number, line in enumerate(lines) if line.strip() == marker]
        mentioned = document.count(marker)
        if mentioned == 0:
            raise ApplianceRefused("marker_missing", f"{where} has no line {marker}: put both markers back")
        if mentioned > 1 or len(found) != 1:
            raise ApplianceRefused("marker_doubled", f"{where} must have {marker} once, alone on a line")
        places.append(found[0])
    begin, end = places
    if begin > end:
        raise ApplianceRefused("markers_turned", f"{where}: {END} stands before {BEGIN}")
    if BEGIN in section or END in section:
        raise ApplianceRefused("marker_in_section", "the section holds a marker itself")
    return "\n".join([*lines[: begin + 1], *section.strip("\n").split("\n"), *lines[end:]])
