"""``firmware-sim drill replay``: the devices of a run once more, to the last bit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.device import Engine
from firmware_sim.bench.cli.output import human, print_json
from firmware_sim.bench.drills.device_replay import DeviceReplay, MakeDevice, replay_device
from firmware_sim.bench.drills.kept_devices import KeptDevices
from firmware_sim.bench.drills.recorded import policy_of
from firmware_sim.bench.dut.default_policy import check_default_policy
from firmware_sim.bench.dut.native.device import NativeDevice, geometry_name
from firmware_sim.bench.dut.native.engine import engine_running
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.opening import check_is_run
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import DeviceRecord
from firmware_sim.bench.evidence.verifying import ledger_problem
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.gbcs.policy import Policy

EPILOG: Final = (
    "Example: firmware-sim drill replay runs/today --device 0246531200000000. Exit codes: 0 equal "
    "to the last bit; 1 something differs; 4 no run, no such device, or no image of it."
)


def replay(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    device: Annotated[
        str | None, typer.Option(metavar="EUI", help="One device, by its Entity Identifier.")
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="The device in Python, or the firmware itself in this computer.")
    ] = Engine.PYTHON,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """Begin from each device's kept image, send it what it was sent, and compare every octet."""
    check_is_run(folder)
    if problem := ledger_problem(folder):
        raise UsageError(f"{folder} is altered: {problem}", "see evidence verify")
    record = read_record(folder)
    chosen = _chosen(record, device)
    with _devices(engine, policy_of(record, "use the version of its record")) as made:
        kept = KeptDevices(folder, record, [each.entity for each in chosen])
        kept.check_clocks()
        found = [replay_device(kept, each, made) for each in chosen]
    if as_json:
        print_json(_as_json(found, engine))
    _tell(found, as_json=as_json)
    equal = not any(each.differences for each in found)
    raise typer.Exit(ExitCode.PASSED if equal else ExitCode.DEVICE_FAILED)


def _chosen(record: RunRecord, device: str | None) -> list[DeviceRecord]:
    if not record.devices:
        raise UsageError("no device took part", "give another run")
    if device is None:
        return record.devices
    found = [each for each in record.devices if each.entity == device.lower().replace("-", "")]
    if not found:
        near = suggestion(device, [each.entity for each in record.devices])
        problem = f"no device {device!r:.40} took part{near}"
        raise UsageError(problem, "csv/ in the folder of the run lists all")
    return found


@contextmanager
def _devices(engine: Engine, policy: Policy) -> Iterator[MakeDevice]:
    if engine is Engine.PYTHON:
        yield lambda geometry: SimulatedDevice(geometry, policy)
        return
    check_default_policy(policy)
    with engine_running() as running:
        yield lambda geometry: NativeDevice(running.open(geometry_name(geometry)), geometry)


def _as_json(found: list[DeviceReplay], engine: Engine) -> dict[str, object]:
    return {
        "outcome": "differs" if any(each.differences for each in found) else "equal",
        "engine": engine.value,
        "devices": [
            {
                "device": each.entity,
                "type": each.type,
                "messages": each.messages,
                "answers": each.answers,
                "image_compared": each.is_whole,
                "differences": [difference._asdict() for difference in each.differences],
            }
            for each in found
        ],
    }


def _tell(found: list[DeviceReplay], *, as_json: bool) -> None:
    console = human(json_wanted=as_json)
    differing = [each for each in found if each.differences]
    word, style = ("Differs.", "bold red") if differing else ("Equal.", "bold green")
    messages, answers = sum(each.messages for each in found), sum(each.answers for each in found)
    said = f" {count(len(found), 'device')}, {messages} messages, {answers} answers to the last bit"
    console.print(Text.assemble((word, style), said, "."), soft_wrap=True)
    table = Table("Device", "Type", "Sent", "Answers", "Flash", box=None, pad_edge=False)
    for each in found:
        flash = "not recorded" if not each.is_whole else "equal"
        if any(difference.message is None for difference in each.differences):
            flash = "differs"
        table.add_row(each.entity, each.type, f"{each.messages}", f"{each.answers}", flash)
    console.print(table, highlight=False)
    for each in differing:
        console.print(f"{each.entity}: {each.differences[0]}", highlight=False, soft_wrap=True)
