"""What ``pki import`` tells: a line for each thing in the source, and how many were taken."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.content import Fate, ImportLine
from firmware_sim.bench.smki.importing import Imported

_SHOWN_LINES: Final = 200
_COUNTED: Final = {
    Fate.TAKEN: "taken",
    Fate.REFUSED: "refused",
    Fate.NO_PLACE: "without a place",
    Fate.NOTHING: "neither certificate nor key",
}
_WORDS: Final = {
    Fate.TAKEN: ("taken: ", ""),
    Fate.REFUSED: ("left out: ", "bold red"),
    Fate.NO_PLACE: ("left out: ", "yellow"),
    Fate.NOTHING: ("", "dim"),
}
# What is shown if not all lines are: nothing that was left out is lost among what was taken.
_ORDER: Final = (Fate.REFUSED, Fate.NO_PLACE, Fate.TAKEN, Fate.NOTHING)


def summary(lines: Sequence[ImportLine]) -> str:
    """How many things in the source were taken and how many left out, in words."""
    counts = Counter(each.fate for each in lines)
    always = (Fate.TAKEN, Fate.REFUSED)
    shown_counts = [each for each in _COUNTED if each in always or counts[each]]
    return ", ".join(f"{counts[each]} {_COUNTED[each]}" for each in shown_counts)


def tell_lines(lines: Sequence[ImportLine], *, json: bool = False) -> None:
    """Every line, or as many as a person reads; as one JSON document if wanted."""
    if json:
        print_json(_listed(lines))
        return
    told = lines
    if len(lines) > _SHOWN_LINES:
        told = sorted(lines, key=lambda each: _ORDER.index(each.fate))[:_SHOWN_LINES]
    for each in told:
        words, style = _WORDS[each.fate]
        text = f"  {in_one_line(each.place)}: {words}{in_one_line(each.text)}"
        stdout.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
    if len(lines) > len(told):
        stdout.print(f"  and {len(lines) - len(told)} more (--json lists all)", highlight=False)


def tell_notes(notes: Sequence[str]) -> None:
    """What does not fit together, one line each."""
    for note in notes:
        stdout.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)


def document(imported: Imported) -> dict[str, object]:
    """The same for a program."""
    left_out = [
        f"{in_one_line(each.place)}: {in_one_line(each.text)}"
        for each in imported.lines
        if each.fate in (Fate.REFUSED, Fate.NO_PLACE)
    ]
    return _listed(imported.lines) | {"left_out": [*left_out, *imported.notes]}


def exit_code(lines: Sequence[ImportLine]) -> ExitCode:
    """Whether anything was refused; what is sound and has no place is no failure."""
    refused = any(each.fate is Fate.REFUSED for each in lines)
    return ExitCode.DEVICE_FAILED if refused else ExitCode.PASSED


def _listed(lines: Sequence[ImportLine]) -> dict[str, object]:
    counts = Counter(each.fate for each in lines)
    return {
        "counts": {fate.value: counts[fate] for fate in Fate},
        "files": [
            {
                "place": in_one_line(each.place),
                "fate": each.fate.value,
                "text": in_one_line(each.text),
            }
            for each in lines
        ],
    }
