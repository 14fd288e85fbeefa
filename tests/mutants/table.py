"""The rows of the mutants' tables, each held to the sources: its text is there, once."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LANGUAGES", "Mutant", "RowWrong", "mutated", "read_table", "wrong_rows"]

FOLDER = Path(__file__).resolve().parent
LANGUAGES = ("rust", "ocaml", "python")


class RowWrong(Exception):
    """A row that cannot be applied: name the text as it stands now, or take the row away."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug: where it is put in, what it is, and the narrow test that must turn red."""

    language: str
    name: str
    what: str
    file: str
    find: str
    put: str
    test: str


def read_table(folder: Path = FOLDER) -> list[Mutant]:
    """All rows, by language in the order of their files. Raises RowWrong for a row that is none."""
    rows = []
    for language in LANGUAGES:
        for row in tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))["mutant"]:
            try:
                rows.append(Mutant(language, **row))
            except TypeError as error:
                raise RowWrong(f"{language}.toml: {row.get('name', '?')}: {error}") from None
    names = [row.name for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RowWrong(f"more than one row is called {', '.join(twice)}")
    return rows


def mutated(mutant: Mutant, text: str) -> str:
    """The source with the bug in it. Raises RowWrong if the text to replace is not there exactly once."""
    found = text.count(mutant.find)
    if found != 1:
        raise RowWrong(f"{mutant.name}: its text stands {found} times in {mutant.file}, not once; mend the row")
    if mutant.put == mutant.find:
        raise RowWrong(f"{mutant.name}: it changes nothing")
    return text.replace(mutant.find, mutant.put)


def wrong_rows(mutants: list[Mutant], root: Path) -> list[str]:
    """Every row that could not be applied to the sources below `root`, and why."""
    wrong = []
    for mutant in mutants:
        if not re.fullmatch(r"[a-z0-9_]+", mutant.name):
            wrong.append(f"{mutant.name!r}: a name is lower-case words joined by _")
        try:
            mutated(mutant, (root / mutant.file).read_text(encoding="utf-8"))
        except (RowWrong, OSError) as error:
            wrong.append(str(error))
    return wrong
