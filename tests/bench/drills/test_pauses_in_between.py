"""A drill that is made to wait again and again, between any two devices, is the same drill.

Its devices lose commands and answers, so that in many of its steps some are asked several times.
"""

from collections.abc import Iterator
from itertools import count, repeat
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills import safe_point
from firmware_sim.bench.evidence.wishes import Wish
from tests.bench.drills.cut_off import images, rows

HOMES = 6
LONG = 8
"""Turns of the loop that a pause lasts: in each another device could go on, and must not."""
LOOKS = (7, 23, 5, 41, 11)
"""So many safe points lie between two pauses, over and over."""


def played(folder: Path) -> Path:
    words = ["drill", "run", "rough-contingency", "--premises", str(HOMES), "--target", "memory"]
    assert run([*words, "--out", str(folder)]) == 0
    return folder


def wishes() -> Iterator[Wish | None]:
    """To wait, now and then."""
    for number in count():
        for _ in range(LOOKS[number % len(LOOKS)]):
            yield None
        yield from repeat(Wish.PAUSE, LONG)


def test_pauses_between_devices_change_no_row_and_no_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, seen = played(tmp_path / "whole"), wishes()
    pauses: list[Wish] = []

    def wish_of(_folder: Path) -> Wish | None:
        wish = next(seen)
        pauses.extend([wish] if wish else [])
        return wish

    monkeypatch.setattr(safe_point, "_SECONDS", 0.0)
    monkeypatch.setattr(safe_point, "wish_of", wish_of)
    paused = played(tmp_path / "paused")
    assert len(pauses) > 20
    assert (rows(paused), images(paused)) == (rows(whole), images(whole))
