"""``firmware-sim fleet show``: one device of a fleet, as if it had been in a drill."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from firmware_sim.bench.cli.image.show import document_of, print_image
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.cli.output import print_json, stderr, stdout
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.describing import described
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.experiments.fleet.one_device import (
    Exchanged,
    OneDevice,
    entity_named,
    follow_one,
)
from firmware_sim.bench.experiments.fleet.recorded_fleet import (
    CUT_OFF,
    OVER,
    RUNNING,
    STOPPED,
    RecordedFleet,
    check_device,
    planned_again,
    run_state,
)
from firmware_sim.bench.experiments.fleet.stuck import why_stuck
from firmware_sim.bench.files.whole_files import new_file
from firmware_sim.bench.progress import Progress
from firmware_sim.machine.image.describe import describe_image

_NOT_OVER: Final = {
    RUNNING: "The fleet run goes on.",
    STOPPED: "The fleet run was stopped between two shards; fleet run --resume goes on with it.",
    CUT_OFF: "The fleet run was cut off; fleet run --resume goes on with it.",
}


def register(app: typer.Typer) -> None:
    """Mount the verb."""
    epilog = "Example: firmware-sim fleet show runs/FOLDER --device 0246271323000000"
    app.command("show", epilog=epilog)(show)


def show(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a fleet run.")],
    device: Annotated[str, typer.Option(metavar="EUI", help="Its Entity Identifier.")],
    image: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write its flash into a new file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Take one device through its course again: messages, cells, counters and log."""
    entity = entity_named(device)
    check_device(folder, entity)  # at once: the plan takes a minute
    with shown("", at_once=False) as progress:
        fleet = _planned(folder, progress)
        found = follow_one(fleet, entity)
    run = run_state(folder, fleet.contents)
    why = why_stuck(fleet.contents, read_record(folder, untouched=True), str(entity))
    if image is not None:
        with new_file(image) as file:
            file.write(found.image)
    description = describe_image(found.image)
    if as_json:
        document = {"run": run, **_document(found), "reason": why}
        print_json({**document, "image": document_of(description)})
        return
    if run != OVER:
        stderr.print(f"{_NOT_OVER[run]} What follows is of this device alone.", highlight=False)
    state = "differs from its representative" if found.differs else found.fate
    stdout.print(f"{entity}: {state}; course {found.course}", highlight=False)
    if why:
        stdout.print(f"Why: {why}", highlight=False, soft_wrap=True)
    for each in found.exchanged:
        stdout.print(_line(each), highlight=False, soft_wrap=True)
    print_image(description)


def _planned(folder: Path, progress: Progress) -> RecordedFleet:
    try:
        return planned_again(folder, progress)
    except AlteredError as error:
        raise UsageError(str(error), f"see firmware-sim evidence verify {folder}") from error


def _line(each: Exchanged) -> str:
    at = datetime.fromtimestamp(each.order.at, UTC)
    _, use_case, *_ = described(each.sent)
    came = f"refused: {each.refusal}" if each.refusal else f"{len(each.answers)} messages"
    return f"{at:%Y-%m-%d %H:%M} step {each.order.step}: {use_case or 'what fell due'}, {came}"


def _document(found: OneDevice) -> dict[str, object]:
    return {
        "device": str(found.entity),
        "course": found.course,
        "outcome": found.fate,
        "differs": found.differs,
        "messages": [
            {
                "step": each.order.step,
                "at": datetime.fromtimestamp(each.order.at, UTC).isoformat(),
                "sent": each.sent.hex(),
                "refused": each.refusal or None,
                "answers": [octets.hex() for octets in each.answers],
            }
            for each in found.exchanged
        ],
    }
