"""Research stays out of the appliance: neither its packages nor its code are in what the image is made from."""

import re
import tomllib

from quantumflow.paths import PROJECT_ROOT


def _names(lock: str) -> set[str]:
    text = (PROJECT_ROOT / lock).read_text(encoding="utf-8")
    return set(re.findall(r"^([\w.-]+)==", text, flags=re.MULTILINE))


def _versions(lock: str) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)==(\S+)", (PROJECT_ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE
    ):
        pins.setdefault(name, set()).add(version)
    return pins


def test_the_image_s_lock_names_no_package_that_only_research_needs() -> None:
    extras = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    only_research = set(extras["research"]) - set(extras["report"])
    assert {"pyarrow", "polars"} <= only_research
    assert not only_research & _names("requirements.lock")


def test_the_image_is_built_without_the_research_package() -> None:
    lines = (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines.index("strategy/quantumflow/research") > lines.index("!strategy/quantumflow")


def test_what_several_locks_pin_has_one_version_in_all() -> None:
    ours, others = _versions("requirements-research.lock"), _versions("requirements-dev.lock")
    assert {name for name in ours.keys() & others.keys() if not ours[name] <= others[name]} == set()
