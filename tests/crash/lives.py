"""Life after life of one account under `quantumflow up`: each ends by a kill; between two a file may suffer.

What was told in any life is there in the next. A damaged file is refused by name, named by the whole check, or healed;
then the file as it was comes back, as from a backup, and the account goes on. Nothing differs in silence.
"""

import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crash.history import Told, complaints
from crash.house import PROGRAMS, within
from crash.upright import KEEPERS, Upright
from crash.witness import RiskClient, Witness
from end_to_end.appliance import quantumflow
from quantumflow.appliance.programs import find_programs
from quantumflow.backup.bundle import Core, check_bundle
from quantumflow.build import build_id
from quantumflow.errors import ApplianceRefused, BackupRefused
from quantumflow.exits import ExitCode
from quantumflow.recordings import run_info

__all__ = ["Lives", "live"]

READY_SECONDS_MAX = 300.0
TRADE_SECONDS_MAX = 60.0
DEATHS = (*((keeper,) for keeper in KEEPERS), KEEPERS, ("up", "trader"), ("supervisord", "core_risk"))
FILES = (
    "journal.db",
    "journal.db-wal",
    "journal.anchor",
    "core_risk.log",
    "core_risk.log.checkpoint",
    "exchange_sim.state.json",
    "appliance.json",
    "recordings/*/*.seg",
    "recordings/*/index.json",
    "recordings/*/manifest.json",
)
COMMANDS = ("backup", "restore")


@dataclass(slots=True)
class Lives:
    """What it came to."""

    kills: int = 0
    ready: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    """Seconds from the death of a keeper until nothing was left."""
    deaths: Counter[str] = field(default_factory=Counter)
    damage: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    told: Told = field(default_factory=Told)

    def figures(self) -> dict[str, int]:
        """For the tally."""
        return {
            "kills": self.kills,
            "acknowledged": self.told.count,
            "fills": self.told.fills,
            "damaged": sum(self.damage.values()),
            "lost": len(self.found),
            "ready_ms_max": round(1000 * max(self.ready, default=0.0)),
            "ended_ms_max": round(1000 * max(self.ends, default=0.0)),
        }


def live(upright: Upright, lives: int, seed: int, say: Callable[[Lives], None]) -> Lives:
    """So many lives; stops at the first complaint."""
    rng, it = random.Random(seed), Lives()
    deaths = [DEATHS[number % len(DEATHS)] for number in range(lives)]
    files = [FILES[number % len(FILES)] for number in range(lives)]
    rng.shuffle(deaths)
    rng.shuffle(files)
    for number, (death, file) in enumerate(zip(deaths, files, strict=True)):
        _one_life(upright, it, number, death, rng)
        root = upright.directory.root
        it.found += [f"after {' and '.join(death)}: {one}" for one in complaints(root, it.told, None)]
        if it.found:
            break
        _suffers(upright, it, file, rng)
        say(it)
        if it.found:
            break
    return it


def _one_life(upright: Upright, it: Lives, number: int, death: tuple[str, ...], rng: random.Random) -> None:
    upright.start()
    it.ready.append(within(READY_SECONDS_MAX, "ready", upright.is_ready))
    client = RiskClient(upright.directory.run / "risk.sock", upright.risk_token() or "", build_id())
    with Witness(upright.directory.root, client, name=f"life-{number}", told=it.told):
        _trades(it)
        program = rng.choice(PROGRAMS)
        upright.kill(program)
        it.kills += 1
        it.deaths[program] += 1
        since = 0 if program == "trader" else time.time_ns()
        within(READY_SECONDS_MAX, f"ready after {program}", lambda: upright.is_ready(since))
        _killed_copy(upright, it, COMMANDS[number % len(COMMANDS)], rng)
        time.sleep(rng.random())
        upright.kill(*death)
        it.kills += len(death)
        it.deaths[" and ".join(death)] += 1
        it.ends.append(upright.wait_gone())


def _trades(it: Lives) -> None:
    """The books that are compared must move."""
    fills, until = it.told.fills, time.monotonic() + TRADE_SECONDS_MAX
    while it.told.fills == fills and time.monotonic() < until:
        time.sleep(0.05)


def _killed_copy(upright: Upright, it: Lives, command: str, rng: random.Random) -> None:
    """A backup, or a restore of one, is killed at any moment: whole and tested, or none."""
    root = upright.directory.root
    target = root.with_name("restored")
    shutil.rmtree(target, ignore_errors=True)
    arguments = ["backup", "--data-dir", str(root)]
    if command == "restore":
        code, made = quantumflow(*arguments, seconds_max=120)
        assert code == 0, made
        arguments = ["restore", made["backup"], "--data-dir", str(target)]
    process = subprocess.Popen(
        [sys.executable, "-m", "quantumflow.cli", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(2 * rng.random())
    process.kill()
    process.wait()
    it.kills += 1
    it.deaths[command] += 1
    core = Core(find_programs().command("core_risk"))
    for bundle in sorted((root / "backups").glob("*Z")):
        try:
            check_bundle(bundle, core)
        except BackupRefused as refused:
            it.found.append(f"a {command} was killed, and {bundle.name} is {refused}")
    if (target / "appliance.json").exists():
        it.found += [f"restored by a killed restore: {one}" for one in complaints(target, Told(), None)]


def _suffers(upright: Upright, it: Lives, pattern: str, rng: random.Random) -> None:
    """One file is changed while nothing runs; the next start, or the whole check, meets it."""
    root = upright.directory.root
    files = sorted(path for path in root.glob(pattern) if path.stat().st_size > 0)
    if not files:
        return
    path = rng.choice(files)
    intact = root.with_name("intact")
    shutil.rmtree(intact, ignore_errors=True)
    shutil.copytree(root, intact, symlinks=True, ignore=shutil.ignore_patterns("*.sock"))
    before = _recorded(path.parent) if pattern.startswith("recordings") else ""
    harm = _harmed(path, rng)
    outcome = _met(upright, it, path, before)
    it.damage[f"{pattern} {harm}: {outcome}"] += 1
    if outcome.startswith("SILENT"):
        it.found.append(f"{path.name} {harm}, and nobody says so: {outcome}")
    if outcome != "healed":
        shutil.rmtree(root)
        shutil.copytree(intact, root, symlinks=True)


def _harmed(path: Path, rng: random.Random) -> str:
    harm = rng.choice(("flipped", "cut", "deleted"))
    content = bytearray(path.read_bytes())
    place = rng.randrange(len(content))
    if harm == "deleted":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(content[:place])
    else:
        content[place] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
    return harm


def _met(upright: Upright, it: Lives, path: Path, recorded: str) -> str:
    """What becomes of the next start, and of whoever reads all of the file."""
    root = upright.directory.root
    if recorded:
        after = _recorded(path.parent)
        if after != recorded:
            if after.startswith(("refused", "torn")):
                return "named by `record info`"
            # The last piece of a run that a kill ended stands in no index; a session that relied on it says so.
            code, _ = quantumflow("verify", f"{datetime.now(UTC):%F}", "--data-dir", str(root), seconds_max=120)
            return "named by `verify`" if code == ExitCode.UNVERIFIABLE else f"SILENT {after}"
    upright.start()
    assert upright.process is not None
    process = upright.process
    within(READY_SECONDS_MAX, f"{path.name}: an end or ready", lambda: process.poll() is not None or upright.is_ready())
    if process.poll() is not None:
        upright.wait_gone()
        return "refused at the start" if process.returncode != 0 else "SILENT: ended with 0"
    upright.stop()
    wrong = complaints(root, it.told, None)
    if not wrong:
        return "healed"
    code, answer = quantumflow("doctor", "--deep", "--data-dir", str(root), seconds_max=120)
    return "named by the whole check" if code != 0 else f"SILENT {wrong[0]}: {json.dumps(answer)[:200]}"


def _recorded(run: Path) -> str:
    """What a recording holds, as market_data tells it; or that it is torn, or refused.

    Without its index a recording is read piece by piece, each told as not finished: what it holds is the same.
    """
    try:
        told = run_info(run)
    except ApplianceRefused as refused:
        return f"refused: {refused.name}"
    named = told["damage"] or any("torn" in segment["check"] for segment in told["segments"])
    held = {name: value for name, value in told.items() if name != "segments"}
    return ("torn " if named else "whole ") + json.dumps(held, sort_keys=True)
