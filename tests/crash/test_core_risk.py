"""core_risk killed at each of its places and at random: what it answered is in its log, once, and a halt stays."""

import random
import signal
import sys
import time
from statistics import median

import pytest

from crash.core_alone import CoreAlone
from crash.history import risk_records
from crash.house import House
from reliability.tally import tallied

WRITING = ("before_write", "after_write", "after_fsync", "after_answer")
KEEPING = ("before_checkpoint_rename", "after_checkpoint_rename")
RANDOM_KILLS = 12


@pytest.mark.parametrize("place", WRITING)
def test_killed_where_it_writes(house: House, place: str) -> None:
    with tallied("kills", f"core_risk.{place}", "SIGKILL at the place", "every answer is in the log, once") as figures:
        core = CoreAlone(house)
        for times in (1, 2, 19):
            core.start(f"core_risk.{place}:{times}")
            core.talk()
            assert core.is_dead()
            core.start()
            assert core.talk(5)
            if times == 2:
                core.halt("kept through every kill")
            house.kill("core_risk")
            assert core.complaints() == []
        figures.update(kills=core.kills + 3, acknowledged=len(core.told.answered), lost=0)
        assert len(core.told.answered) > 15


@pytest.mark.parametrize("place", KEEPING)
def test_killed_where_it_keeps_a_checkpoint(house: House, place: str) -> None:
    with tallied("kills", f"core_risk.{place}", "SIGKILL at the place", "the log and a checkpoint fit") as figures:
        core = CoreAlone(house)
        for times in (1, 1):
            core.start(f"core_risk.{place}:{times}")
            assert core.talk(20)
            house.living["core_risk"].send_signal(signal.SIGTERM)
            assert core.is_dead()
            core.start()
            assert core.talk(5)
            house.kill("core_risk")
            assert core.complaints() == []
        assert "the checkpoint is not used" not in house.log("core_risk")
        figures.update(kills=core.kills + 2, acknowledged=len(core.told.answered), lost=0)


def test_killed_at_any_moment(house: House) -> None:
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    rng = random.Random(seed)
    with tallied("kills", "core_risk at random", "SIGKILL under load", "every answer is in the log, once") as figures:
        core = CoreAlone(house)
        for _ in range(RANDOM_KILLS):
            core.start()
            until = time.monotonic() + rng.random() * 0.15
            while time.monotonic() < until:
                assert core.talk(1)
            house.kill("core_risk")
            assert core.complaints() == []
        core.start()
        figures.update(
            kills=RANDOM_KILLS,
            acknowledged=len(core.told.answered),
            lost=0,
            ready_ms_p50=round(1000 * median(core.ready)),
            ready_ms_max=round(1000 * max(core.ready)),
        )


def test_a_second_one_on_the_same_log_is_refused_and_the_first_goes_on(house: House) -> None:
    with tallied("disk", "core_risk started twice", "a second process on the log", "exit status 4, the first goes on"):
        core = CoreAlone(house)
        core.start()
        first = house.living.pop("core_risk")
        house.start("core_risk")
        assert house.living["core_risk"].wait(timeout=30) == 4, house.log("core_risk")
        house.living["core_risk"] = first
        assert core.talk(3)


def test_an_unknown_place_is_refused_by_name(house: House) -> None:
    house.start("core_risk", "core_risk.nowhere:1")
    assert house.living["core_risk"].wait(timeout=30) == 2
    assert "core_risk.after_fsync" in house.log("core_risk")


def test_a_lost_log_is_named_by_its_checkpoint(house: House) -> None:
    with tallied("disk", "core_risk.log deleted", "unlink after a clean stop", "exit status 3 by name"):
        core = CoreAlone(house)
        core.start()
        core.talk(5)
        house.living["core_risk"].send_signal(signal.SIGTERM)
        assert house.living.pop("core_risk").wait(timeout=30) == 0
        assert len(risk_records(house.directory.risk_log)[0]) >= 5
        house.directory.risk_log.unlink()
        house.start("core_risk")
        assert house.living["core_risk"].wait(timeout=30) == 3
        assert "before its checkpoint" in house.log("core_risk")
