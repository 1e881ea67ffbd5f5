"""``firmware-sim drill show``: what would happen in a story, without running it."""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.authoring.listing import as_entry, ends, in_words
from firmware_sim.bench.cli.authoring.options import Json, StoryName
from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.cli.policy import PolicyFile, load_policy
from firmware_sim.bench.drills.again_step import UpdateAgainStep
from firmware_sim.bench.drills.authoring.device_words import credential
from firmware_sim.bench.drills.authoring.outline import Outline, outline_of
from firmware_sim.bench.drills.authoring.sending_words import span_of
from firmware_sim.bench.drills.authoring.story_words import surroundings
from firmware_sim.bench.drills.authoring.timeline import Moment, timeline
from firmware_sim.bench.drills.held_terms import Provision
from firmware_sim.bench.drills.story_file import load_story, story_source
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.wording import count, several
from firmware_sim.bench.files.foreign_text import visible
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId

_TOLD: Final = frozenset(
    (
        "assumptions", "devices", "faults", "inventory", "links", "name", "population", "provision",
        "rehearsal", "rules", "start", "steps", "summary", "title", "validity", "verdicts",
    )
)  # fmt: skip
"""The keys at the top of a story that are told here; of any other it is said that it is there."""


def show(
    story: StoryName,
    policy: PolicyFile = None,
    source: Annotated[
        bool, typer.Option("--source", help="Print its text instead: a beginning for your own.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell what would happen in a story, step by step, and run nothing.

    Time, who, what, which devices and cells of a home, and what must come of it.

    It is told from the story alone: what devices really do, only a run shows.
    """
    chosen = load_policy(policy)
    if source and as_json:
        raise UsageError("--source and --json exclude each other", "give one of them")
    if source:
        sys.stdout.write(visible(story_source(story).text))
        return
    loaded = load_story(story, chosen)
    moments = tuple(timeline(loaded, chosen))
    about = outline_of(loaded, moments)
    if as_json:
        steps = [_as_step(each) for each in moments]
        around = dict(surroundings(loaded))
        assumed = [*loaded.assumptions.values.sentences()] if about.falls else []
        told = {
            "summary": loaded.summary,
            "surroundings": around,
            "assumed": assumed,
            "steps": steps,
        }
        print_json({**as_entry(about), **told})
        return
    _tell_head(about)
    _tell_steps(moments)


def _as_step(moment: Moment) -> dict[str, object]:
    return {
        "at": moment.at.isoformat().replace("+00:00", "Z"),
        "name": moment.step.name,
        "title": moment.step.title,
        "who": moment.who,
        "what": moment.what,
        "devices": {kind.name: [*map(str, cells)] for kind, cells in moment.cells.items()},
        "expected": moment.expected,
        "negative": moment.must_fail,
    }


def _tell_head(about: Outline) -> None:
    story = about.story
    stdout.print(Text(story.title, style="bold"))
    stdout.print(story.summary, "\n", highlight=False)
    span = span_of(about.ends - story.start)
    length = f"from {_when(story.start)} to {_when(about.ends)} UTC ({span} on its own clock)"
    if any(isinstance(step, UpdateStep | UpdateAgainStep) and step.retry for step in story.steps):
        length += "; later by what parties wait before they send again"
    rows = {
        **in_words(about),
        **surroundings(story),
        "At first": "; ".join(map(_provided, story.provision)),
        "Assumed": ", ".join(story.assumptions.values.sentences()) if about.falls else "",
        "Time": length,
        "Checks": f"{count(about.positives, 'step')} must succeed, {about.negatives} must not",
        "Ends with": ends(about),
        "Also says": ", ".join(sorted(story.model_fields_set - _TOLD)),
    }
    table = Table.grid(padding=(0, 2))
    for heading, words in rows.items():
        if words:
            table.add_row(Text(heading, style="dim"), Text(words))
    stdout.print(table, "", highlight=False)


def _provided(entry: Provision) -> str:
    kinds = several([kind.name for kind in entry.devices]) + ": " if entry.devices else ""
    held = credential(entry.generation, entry.holder)
    return f"{kinds}the cells {', '.join(entry.cells)} hold {held}"


def _tell_steps(moments: tuple[Moment, ...]) -> None:
    table = Table.grid(padding=(0, 2))
    day = None
    for each in moments:
        if each.at.date() != day:
            day = each.at.date()
            table.add_row("", Text(f"{day:%A} {day:%Y-%m-%d}", style="bold"))
        table.add_row(Text(f"{each.at:%H:%M}", style="dim"), Text("\n").join(_lines(each)))
    stdout.print(table, highlight=False)


def _lines(moment: Moment) -> Iterator[Text]:
    said = f"{moment.who} {moment.what}".strip()
    yield Text.assemble((moment.step.name, "bold"), "  ", said[:1].upper() + said[1:])
    if moment.cells:
        yield Text(_devices(moment.cells), style="dim")
    if moment.expected:
        yield Text(f"→ {moment.expected}", style="red" if moment.must_fail else "green")


def _devices(cells: Mapping[DeviceType, tuple[TrustAnchorCellId, ...]]) -> str:
    """Types with the same cells together."""
    kinds: dict[tuple[TrustAnchorCellId, ...], list[str]] = {}
    for kind, each in cells.items():
        kinds.setdefault(each, []).append(kind.name)
    parts = (
        several(names) + (f": {', '.join(map(str, each))}" if each else "")
        for each, names in kinds.items()
    )
    return "; ".join(parts)


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
