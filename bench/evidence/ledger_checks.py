"""Whether a ledger is the one of its manifest, and its rows say what its messages say."""

from collections import defaultdict
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.cell_checks import CellAnswers, check_cells
from firmware_sim.bench.evidence.chain import ChainHead, follow_chain
from firmware_sim.bench.evidence.difference import AlteredError, Difference
from firmware_sim.bench.evidence.folder import LEDGER_NAME, has_files, image_name
from firmware_sim.bench.evidence.manifest import MANIFEST_NAME, Manifest
from firmware_sim.bench.evidence.opening import ledger_format, opened
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import STORY
from firmware_sim.bench.evidence.tables import FORMAT, TABLES, UNCHAINED, WRITTEN_OUT
from firmware_sim.bench.files.whole_files import MAX_IMAGE_OCTETS, read_bounded
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, RunVerdicts, Verdict

_NEVER_CALLED: Final = (Outcome.INTERRUPTED, Outcome.ERROR, None)
"""How a run may end for a reason that stands in none of its checks."""


def is_older(folder: Path) -> bool:
    """Whether there is a ledger of a format before this one: read, and not verified."""
    return _format_of(folder) in (UNCHAINED, WRITTEN_OUT)


def _format_of(folder: Path) -> int | None:
    with suppress(UsageError), opened(folder, untouched=True, packed=True) as database:
        return ledger_format(database)
    return None


def check_chain(folder: Path, *, untouched: bool = True) -> ChainHead:
    """Go along the whole chain.

    Args:
        untouched: as `opening.opened` has it.

    Raises:
        AlteredError: it does not hold, or the file is no ledger of this format any more.
        UsageError: it is one of the format before, whose chain another version wrote.
    """
    if _format_of(folder) == WRITTEN_OUT:
        problem = f"{folder} has a ledger of format {WRITTEN_OUT}: it is only read"
        raise UsageError(problem, "use the version that wrote it")
    try:
        with opened(folder, untouched=untouched, packed=True) as database:
            if ledger_format(database) != FORMAT:
                raise _altered(None, "has no chain")
            head, broken = follow_chain(database, TABLES)
    except UsageError as error:
        raise _altered(None, error.problem) from error
    if broken is not None:
        raise _altered(broken.row, broken.problem)
    return head


def check_record(folder: Path) -> RunRecord:
    """The record, if its rows agree with one another and with the messages in them.

    Raises:
        AlteredError: they do not.
    """
    try:
        reported = CellAnswers()
        record = read_record(folder, untouched=True, heard=reported.hear)
        with opened(folder, untouched=True) as database:
            check_cells(database, reported)
    except UsageError as error:
        raise _altered(None, error.problem) from error
    _check_images(folder, record)
    _check_story(record)
    _check_verdicts(record)
    return record


def check_manifest(manifest: Manifest, record: RunRecord, head: ChainHead) -> None:
    """Whether the manifest is of this ledger, value by value.

    Raises:
        AlteredError: it is not.
    """
    if (manifest.rows, manifest.head) != (head.rows, head.digest.hex()):
        problem = f"the manifest has a chain of {manifest.rows} rows, and this one has {head.rows}"
        if manifest.rows == head.rows:
            problem = "is not the last row that the manifest has"
        raise _altered(f"row {head.rows - 1}", problem)
    expected = {
        "story": record.run.story,
        "story_digest": record.run.story_digest,
        "seed": record.run.seed,
        "versions": record.versions,
        "policy": {row.name: row.choice for row in record.policy},
        "procedure": record.procedure_verdict,
        "devices": record.devices_verdict,
        "outcome": record.run.outcome,
    }
    if _is_said(record.devices_verdict, manifest.devices):
        del expected["devices"]
    for field, value in expected.items():
        if getattr(manifest, field) != value:
            raise AlteredError(Difference(MANIFEST_NAME, None, field, "is not what the ledger has"))


def _check_images(folder: Path, record: RunRecord) -> None:
    """Of the devices whose images are kept, each is the one of which the ledger has the digest."""
    if not has_files(record):
        return
    for device in record.devices:
        for phase, digest in (("before", device.image_before), ("after", device.image_after)):
            path = folder / image_name(device.entity, phase)
            if not digest:
                continue
            octets = read_bounded(path, MAX_IMAGE_OCTETS, "flash image")
            if sha256(octets).hexdigest() != digest:
                name = image_name(device.entity, phase)
                raise AlteredError(Difference(name, problem="is not the image of the ledger"))


def _check_story(record: RunRecord) -> None:
    story = record.input_of(STORY)
    text = "" if story is None else story.text
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest() if text else ""
    if digest != record.run.story_digest:
        raise _altered("input story", "does not have the digest that the run names", "text")


def _check_verdicts(record: RunRecord) -> None:
    """Verdicts are worked out again from below: checks, steps, devices, the run."""
    run = record.run
    checks: dict[int, set[Verdict]] = defaultdict(set)
    for check in record.checks:
        checks[check.step].add(check.verdict)
    for step in record.steps:
        if step.verdict is Verdict.PASSED and checks[step.id] & {Verdict.FAILED, Verdict.ERROR}:
            raise _altered(f"step {step.id}", "passed, and one of its checks did not", "verdict")
    if run.outcome is None:
        return
    if not _is_said(record.devices_verdict, run.devices_verdict):
        problem = f"is not what the checks give: {record.devices_verdict}"
        raise _altered("run_end", problem, "devices_verdict")
    if run.exit_code != run.outcome.exit_code and run.outcome not in _NEVER_CALLED:
        raise _altered("run_end", "is not the one of this outcome", "exit_code")
    if run.outcome in _NEVER_CALLED:
        return
    # A step that was left out for another reason than that no device has its cells says so.
    idle = any(step.verdict is Verdict.SKIPPED and not checks[step.id] for step in record.steps)
    verdicts = RunVerdicts(record.procedure_verdict, record.devices_verdict, idle, record.declared)
    if run.outcome is not verdicts.outcome:
        raise _altered("run_end", f"is not what the verdicts give: {verdicts.outcome}", "outcome")


def _is_said(found: DevicesVerdict, written: DevicesVerdict | None) -> bool:
    """Whether a verdict was written as it was found; earlier versions had one word for two."""
    was_one_word = written is DevicesVerdict.WRONG and found is DevicesVerdict.NOT_AS_DECLARED
    return written is found or was_one_word


def _altered(row: str | None, problem: str, field: str | None = None) -> AlteredError:
    return AlteredError(Difference(LEDGER_NAME, row, field, problem))
