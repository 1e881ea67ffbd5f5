"""A run for the page, and what its state tells of it."""

import json
from pathlib import Path
from typing import Any

from firmware_sim.bench.live.feed import Feed


def fed(folder: Path) -> Feed:
    """A feed that has read all rows that stand in a folder."""
    feed = Feed(folder)
    feed.is_closing = True  # no pause between two looks
    feed.refresh()
    while not feed.is_whole:
        feed.refresh()
    feed.is_closing = False
    return feed


def sections(folder: Path, place: int = -1) -> dict[str, Any]:
    """All that the page is told after a place."""
    text = fed(folder).since(place)
    told: dict[str, Any] = json.loads(text) if text else {}
    return told
