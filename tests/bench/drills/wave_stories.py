"""A short story of one update, to which a test adds what it is about."""

from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story

HEAD = """\
name: in-waves
title: A supplier replaces its keys
summary: Device after device.
start: 2026-06-01T08:00:00Z
devices: [ESME, GSME, GPF]
"""
"""Three devices a home take part: with 4 homes, 12."""

UPDATE = """\
  - name: change
    title: The supplier installs new credentials
    do: update
    by: supplier
    mode: supplierBySupplier
    cells: [supplier]
    install: 2
"""
READ_BACK = """\
  - name: look
    title: What do the cells hold?
    do: read back
    by: accessControlBroker
"""


def story_of(step: str = "", top: str = "", after: str = READ_BACK) -> Story:
    """The story with more keys at its step, which begin with four spaces, and at its top."""
    return read_story(text_of(step, top, after), "story.yaml")


def text_of(step: str = "", top: str = "", after: str = READ_BACK) -> str:
    return f"{HEAD}{top}steps:\n{UPDATE}{step}{after}"
