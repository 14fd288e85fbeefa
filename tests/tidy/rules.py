"""Every rule of the house, by name."""

from tidy.contracts import feed_states, refusals, system_packages, vectors_are_read, versions
from tidy.finding import Rule
from tidy.ladder import ocaml_ladder, python_circles, python_ladder, rust_ladder
from tidy.links import links
from tidy.money import ocaml_money, python_money, rust_money
from tidy.purity import ocaml_purity, python_purity, rust_purity
from tidy.python_modules import public_names
from tidy.sizes import file_sizes
from tidy.words import banned_words

__all__ = ["RULES"]

RULES: tuple[Rule, ...] = (
    python_ladder,
    python_circles,
    rust_ladder,
    ocaml_ladder,
    python_purity,
    rust_purity,
    ocaml_purity,
    python_money,
    rust_money,
    ocaml_money,
    public_names,
    file_sizes,
    banned_words,
    links,
    feed_states,
    refusals,
    vectors_are_read,
    system_packages,
    versions,
)
