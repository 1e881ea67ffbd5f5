"""What ``drill run`` says at its end: to people, and as JSON."""

from pathlib import Path
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.output import human, print_json, styled
from firmware_sim.bench.evidence import wording
from firmware_sim.bench.evidence.folder import REPORT_NAME
from firmware_sim.bench.evidence.narrative import result, what_happened
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import Head
from firmware_sim.bench.evidence.run_info import RunInfo
from firmware_sim.bench.evidence.verdict_words import devices_words, procedure_words
from firmware_sim.bench.outcome import ExitCode, Outcome, ProcedureVerdict

_STYLES = {
    Outcome.PASSED: "bold green",
    Outcome.FAILED: "bold red",
    Outcome.ERROR: "bold yellow",
    Outcome.INTERRUPTED: "bold yellow",
    Outcome.NOTHING_RAN: "bold yellow",
    Outcome.PROCEDURE_NOT_FOLLOWED: "bold red",
    Outcome.OUTSTANDING: "bold yellow",
    Outcome.NOT_AS_DECLARED: "bold red",
}


class RunEnding(NamedTuple):
    """How a run ended.

    Attributes:
        reason: a sentence, or empty.
        procedure: None if it was not judged.
    """

    outcome: Outcome
    exit_code: ExitCode
    reason: str = ""
    procedure: ProcedureVerdict | None = None


def tell_all(
    info: RunInfo | Head,
    ending: RunEnding,
    folder: Path,
    seconds: float,
    record: RunRecord | None,
    *,
    json_wanted: bool,
) -> None:
    """How a run ended, for programs if they want it, and for people; no record: interrupted."""
    if json_wanted:
        print_json(as_json(info, ending, folder, seconds, record))
    if record is None:
        tell_interrupted(folder, json_wanted=json_wanted)
    else:
        tell(record, folder, ending.outcome, seconds, json_wanted=json_wanted)


def as_json(
    info: RunInfo | Head, ending: RunEnding, folder: Path, seconds: float, record: RunRecord | None
) -> dict[str, object]:
    """The summary; without a record, of a run that was interrupted, it has no counts or report."""
    return {
        "story": info.story,
        "outcome": ending.outcome.value,
        "verdicts": None if record is None else _verdicts(record),
        "exit_code": int(ending.exit_code),
        "reason": ending.reason if record is None else record.run.reason,
        "seed": info.seed,
        "target": info.target,
        "seconds": round(seconds, 3),
        "counts": None if record is None else record.counts,
        "folder": str(folder),
        "report": None if record is None else str(folder / REPORT_NAME),
    }


def tell(
    record: RunRecord, folder: Path, outcome: Outcome, seconds: float, *, json_wanted: bool
) -> None:
    """Verdict, what happened, and where the report is."""
    console = human(json_wanted=json_wanted)
    word, sentence = wording.verdict(
        outcome, as_declared=record.is_as_declared, is_undeclared=record.is_undeclared
    )
    console.print(Text.assemble((f"{word}.", _STYLES[outcome]), " ", sentence))
    parts = Table.grid(padding=(0, 2))
    for heading, text in (
        *_verdict_lines(record),
        *what_happened(record),
        ("Checks", result(record)),
    ):
        parts.add_row(Text(heading, style="dim"), Text(text))
    parts.add_row(Text("Played in", style="dim"), f"{seconds:.1f} s")
    console.print(parts, highlight=False)
    line = styled("[dim]Report[/] {path}", path=folder / REPORT_NAME)
    console.print(line, highlight=False, soft_wrap=True)


def _verdict_lines(record: RunRecord) -> list[tuple[str, str]]:
    """Both verdicts, and why the procedure was not followed where that decides."""
    both = (
        procedure_words(record.procedure_verdict),
        devices_words(record.devices_verdict, record.relevant_recovered),
    )
    lines = [(words.about, f"{words.word}: {words.sentence}") for words in both]
    if record.run.outcome is Outcome.PROCEDURE_NOT_FOLLOWED:
        lines.insert(1, ("Why not", record.run.reason))
    return lines


def tell_interrupted(folder: Path, *, json_wanted: bool) -> None:
    """That the run was stopped, and how to make the report that it did not wait for."""
    line = styled(
        "[{style}]Interrupted.[/] firmware-sim drill resume {folder} goes on; "
        "drill report {folder} tells what was played; with --close it closes the run for good.",
        style=_STYLES[Outcome.INTERRUPTED],
        folder=folder,
    )
    human(json_wanted=json_wanted).print(line, highlight=False, soft_wrap=True)


def _verdicts(record: RunRecord) -> dict[str, str | None]:
    return {"procedure": record.procedure_verdict, "devices": record.devices_verdict}
