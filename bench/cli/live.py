"""A run while it goes: a bar on a terminal, elsewhere one line a stage."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from firmware_sim.bench.cli.output import stderr
from firmware_sim.bench.progress import Progress


class RateColumn(ProgressColumn):
    """How many units a second, of a stage with more than one; empty while it is not known."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if not speed or task.total in {None, 1}:
            return Text("")
        return Text(f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s", style="dim")


class LeftColumn(ProgressColumn):
    """How long a stage will take from now on; empty while it is not known."""

    def render(self, task: Task) -> Text:
        seconds = task.time_remaining
        if seconds is None or task.total in {None, 1}:
            return Text("")
        return Text(f"{timedelta(seconds=round(seconds))} left", style="dim")


class _Display:
    """A Progress for people."""

    def __init__(self, run: str, bars: Bars, *, stages: bool) -> None:
        self._run = run
        self._stages = stages
        self._bars = bars
        self._task = bars.add_task("", total=None)
        self._title = ""

    def show(self) -> None:
        """Say what runs, and put a bar below it; again, do nothing."""
        if self._run:
            stderr.print(self._run, style="bold", highlight=False)
            self._bars.start()
        self._run = ""

    def start(self, total: int, title: str) -> None:
        """Begin a bar anew."""
        self.show()
        if self._stages and not stderr.is_terminal and title != self._title:
            stderr.print(f"- {title}", markup=False, highlight=False, soft_wrap=True)
        self._title = title
        self._bars.reset(self._task, total=total, description=title)

    def advance(self, step: int = 1, text: str = "") -> None:
        """Move the bar on."""
        if text:
            self._bars.update(self._task, advance=step, description=text)
        else:
            self._bars.advance(self._task, step)


@contextmanager
def shown(title: str, *, at_once: bool = True, stages: bool = True) -> Iterator[Progress]:
    """A Progress on standard error for as long as the context lasts.

    Args:
        at_once: say the title now; otherwise with the first stage, so that a run which cannot
            begin says only why.
        stages: where there is no terminal, a line for each stage. Not where results are lines.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
        LeftColumn(),
    )
    bars = Bars(*columns, console=stderr, transient=True, disable=not stderr.is_terminal)
    display = _Display(title, bars, stages=stages)
    try:
        if at_once:
            display.show()
        yield display
    finally:
        bars.stop()
