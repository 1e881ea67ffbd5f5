"""Which lines of the story differ between two runs: a short unified diff, for people."""

from difflib import unified_diff
from itertools import islice
from typing import Final

from firmware_sim.bench.files.foreign_text import in_one_line

MOST_LINES: Final = 60
"""Lines of a difference that are shown."""

_MOST_COMPARED: Final = 20_000
"""Lines of a story that are compared: a stranger's may have any number."""

_MOST_OF_A_LINE: Final = 120


def story_difference(old: str, new: str) -> list[str]:
    """The lines that went (``-``) and came (``+``), with the line around them; empty if none did.

    Each is a single line that can be shown as it is. The last one says what was left out.
    """
    olds, news = old.splitlines(), new.splitlines()
    if max(len(olds), len(news)) > _MOST_COMPARED:
        return [f"the stories have more than {_MOST_COMPARED:,} lines: they were not compared"]
    lines = islice(unified_diff(olds, news, n=1, lineterm=""), 2, None)
    shown = [_shown(line) for line in islice(lines, MOST_LINES)]
    left = sum(1 for _ in lines)
    return [*shown, f"and {left:,} more lines"] if left else shown


def _shown(line: str) -> str:
    text = in_one_line(line)
    return text if len(text) <= _MOST_OF_A_LINE else f"{text[: _MOST_OF_A_LINE - 1]}…"
