"""What stands on every printed page of a report: title, run, and the digest of the ledger.

Chromium prints it in the margins (CSS Paged Media, margin boxes). There it is a string of CSS, in
which text of others must stay text.
"""

from typing import NamedTuple

from markupsafe import Markup

from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.record_rows import Head
from firmware_sim.bench.evidence.wording import clock, day
from firmware_sim.bench.files.foreign_text import in_one_line

_MOST_OF_A_TITLE = 100


class Paper(NamedTuple):
    """The text of the upper and of the lower margin."""

    title: str
    run: str


def paper_of(run: Head, head: ChainHead | None) -> Paper:
    """For one run; None of a ledger without a chain, which has no digest."""
    title = run.title if len(run.title) <= _MOST_OF_A_TITLE else f"{run.title[:_MOST_OF_A_TITLE]}…"
    told = (
        f"Run of {day(run.started)}, {clock(run.started)} UTC, story {run.story}, seed {run.seed}"
    )
    digest = "" if head is None else f"\nLedger {head.digest.hex()}"
    return Paper(title, f"{told}{digest}")


def css_string(text: str) -> Markup:
    """Text as a string of CSS, every character that is no letter, digit or space escaped."""
    lines = (in_one_line(line) for line in text.split("\n"))
    written = "\\a ".join("".join(map(_escaped, line)) for line in lines)
    return Markup(f'"{written}"')  # noqa: S704 - nothing in it can end the string, or the style


def _escaped(character: str) -> str:
    is_plain = character.isascii() and (character.isalnum() or character == " ")
    return character if is_plain else f"\\{ord(character):x} "
