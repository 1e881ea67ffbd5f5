"""The commands of a page, in their order, with what its hidden comments say of them.

A block of commands is a fence ``console``. Comments before it, which no reader sees, say what it
needs:

- ``<!-- not run: WHY -->``: it is not run, for one of the reasons in `NOT_RUN` of the test;
- ``<!-- prepare: COMMAND -->``: a shell command that is run first;
- ``<!-- exit: 0 4 -->``: the exit code of each command; 0 where nothing is said;
- ``<!-- save: FILE -->``: the next fence, of whatever kind, is put into a file;
- ``<!-- output -->``: the next fence is a part of what the command before it printed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

_COMMENT = re.compile(r"<!-- (not run|prepare|exit|save|output)(?:: (.*?))? -->", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One line after a prompt, its exit code, and what is shown beneath it; "" for nothing."""

    line: str
    exit_code: int
    shown: str


@dataclass
class Block:
    """A fence with what its comments say."""

    line: int
    kind: str
    text: str
    said: dict[str, str] = field(default_factory=dict)
    prepared: list[str] = field(default_factory=list)

    @property
    def commands(self) -> list[Command]:
        """What a reader types; a line that ends in a backslash goes on in the next."""
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        codes = [int(each) for each in self.said.get("exit", "").split()] or [0] * len(parts)
        lines = map(_line_and_shown, parts)
        return [
            Command(line, code, shown) for (line, shown), code in zip(lines, codes, strict=True)
        ]


def _line_and_shown(part: str) -> tuple[str, str]:
    found = re.match(r"((?:[^\n]*\\\n)*[^\n]*)\n(.*)", part, re.DOTALL)
    assert found is not None
    return found[1].replace("\\\n", " "), found[2]


def blocks(page: Path) -> Iterator[Block]:
    """The fences of a page that are commands, or of which a comment says something."""
    said: dict[str, str] = {}
    prepared: list[str] = []
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type == "html_block":
            for key, value in _COMMENT.findall(token.content):
                if key == "prepare":
                    prepared.append(value)
                else:
                    said[key] = value
        elif token.type == "fence" and (said or token.info == "console"):
            assert token.map is not None
            yield Block(token.map[0] + 1, token.info, token.content, said, prepared)
            said, prepared = {}, []
