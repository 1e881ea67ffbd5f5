"""``firmware-sim drill list``: the stories that come with the project, each in a few words."""

from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.authoring.options import Json
from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.drills.authoring.catalogue import incident_of
from firmware_sim.bench.drills.authoring.outline import Outline, outline
from firmware_sim.bench.drills.story_file import builtin_stories
from firmware_sim.bench.evidence.wording import several

_METHODS = {
    "1": "Method 1: the party's own key",
    "2": "Method 2: Recovery puts the Access Control Broker's certificates",
    "3": "Method 3: Recovery puts new certificates",
    "Contingency": "the Contingency Private Key",
}


def list_stories(as_json: Json = False) -> None:
    """List the stories that come with the project: what falls, how it is mended, where.

    Positive are steps in which a device or the people must be able to do something.

    Negative are those in which they must not.
    """
    outlines = [outline(story) for story in builtin_stories()]
    if as_json:
        print_json([as_entry(each) for each in outlines])
        return
    for each in outlines:
        stdout.print(Text(each.story.name, style="bold"), highlight=False, soft_wrap=True)
        table = Table.grid(padding=(0, 2))
        rows = {"": each.story.title, **in_words(each), "Steps": _steps(each)}
        for heading, words in rows.items():
            table.add_row("", Text(heading, style="dim"), Text(words))
        stdout.print(table, "", highlight=False)


def as_entry(about: Outline) -> dict[str, object]:
    """A story in a few words, for programs."""
    return {
        "name": about.story.name,
        "incident": incident_of(about.story.name),
        "title": about.story.title,
        "falls": list(about.falls),
        "methods": list(about.methods),
        "devices": [kind.name for kind in about.devices],
        "verdicts": {"procedure": about.procedure.value, "devices": about.devices_verdict.value},
        "steps": len(about.story.steps),
        "positives": about.positives,
        "negatives": about.negatives,
    }


def in_words(about: Outline) -> dict[str, str]:
    """The same for people, by heading."""
    methods = [_METHODS[each] for each in about.methods]
    kinds = [kind.name for kind in about.devices]
    nothing = "no key that fell is replaced" if about.falls else "nothing is to be mended"
    return {
        "Falls": several(list(about.falls)) if about.falls else "no key",
        "Mended by": several(methods) if methods else nothing,
        "Devices": f"{several(kinds)} of every home" if kinds else "none",
    }


def ends(about: Outline) -> str:
    """Both verdicts at the end, and whether the story itself declares them."""
    declared = about.story.verdicts.model_fields_set
    said = ", as it declares" if declared else ""
    return f"procedure {about.procedure}, devices {about.devices_verdict}{said}"


def _steps(about: Outline) -> str:
    return f"{about.positives} positive, {about.negatives} negative; ends with {ends(about)}"
