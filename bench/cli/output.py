"""Where words go: results to standard output, everything else to standard error.

What is shown comes from files, brokers and boards as well as from us. No text of theirs is read
as markup or reaches the terminal as a control sequence; what a terminal cannot write is replaced;
and a reader that has gone (``| head -1``) changes neither what is done nor the verdict.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment
from rich.text import Text

from firmware_sim.bench.files.foreign_text import visible


def styled(template: str, /, **foreign: object) -> Text:
    """A template with rich's markup, and values in its braces that are never read as markup."""
    values = {name: escape(visible(str(value))) for name, value in foreign.items()}
    return Text.from_markup(template.format(**values), emoji=False)


class Terminal(Console):
    """A console for text that is not ours; markup only in what `styled` makes."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Every path to the screen leads through here; rich's own controls are apart."""
        for segment in super().render(renderable, options):
            seen = segment.text if segment.control else visible(segment.text)
            yield segment if seen == segment.text else Segment(seen, segment.style)

    def on_broken_pipe(self) -> None:
        """The reader has gone: what is left is written to nowhere, and the work goes on."""
        write_nowhere(sys.stderr if self.stderr else sys.stdout)


def write_nowhere(stream: TextIO) -> None:
    """Turn a stream whose reader has gone away from its pipe."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def prepare_streams() -> None:
    """Replace what the terminal's encoding cannot write, instead of failing over it.

    A stream that was closed before the start (``>&-``) goes to nowhere.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open
            setattr(sys, name, nowhere)
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")


def flush_streams() -> None:
    """Write what is still held back; not at the end of the process, where it would be an error."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            write_nowhere(stream)


stdout = Terminal()
stderr = Terminal(stderr=True)


def tell_replaced(path: Path) -> None:
    """Say on standard error that a file that is there is about to be replaced."""
    if path.exists():
        line = f"{path} was there, and is replaced"
        stderr.print(line, markup=False, highlight=False, soft_wrap=True)


def print_json(value: Mapping[str, object] | Sequence[object]) -> None:
    """One JSON document, alone on standard output, in ASCII, which any terminal writes."""
    try:
        sys.stdout.write(json.dumps(value, indent=2) + "\n")
    except BrokenPipeError:
        write_nowhere(sys.stdout)


def human(*, json_wanted: bool) -> Terminal:
    """The console for words: standard error if standard output belongs to JSON."""
    return stderr if json_wanted else stdout
