"""``board bridge`` as a process of its own: how it introduces itself, and how it ends."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from serial.tools import list_ports
from typer.testing import CliRunner

from firmware_sim.bench.cli.board.group import app
from firmware_sim.bench.cli.message.exchange import exchange
from firmware_sim.bench.cli.message.query import read_back
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.links.board_protocol import StoreResult
from firmware_sim.gbcs.roles import DeviceType
from tests.contract.broker_fixtures import mosquitto
from tests.contract.brokers import Broker, free_port
from tests.ground.tree import ROOT
from tests.requirements import needs_board
from tests.support.fake_board import FakeBoard, PtyBoard
from tests.support.patience import at_most

__all__ = ["mosquitto"]

ESME = device_entity_id(DeviceType.ESME, 0)
PROGRAM = "import sys; from firmware_sim.bench.cli.main import run; sys.exit(run(sys.argv[1:]))"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bridge") / "pki"
    DrillPki.generate(4).save(folder)
    return folder


@asynccontextmanager
async def started(*arguments: str | Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, "board", "bridge", *map(str, arguments)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def introduced(process: asyncio.subprocess.Process) -> Any:
    """The document that ``--json`` prints when the board is online."""
    assert process.stdout is not None
    text = ""
    async with asyncio.timeout(at_most(120)):
        while not text.endswith("\n}\n"):
            line = await process.stdout.readline()
            assert line, text
            text += line.decode()
    return json.loads(text)


@needs_board
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, ExitCode.PASSED), (signal.SIGTERM, ExitCode.PASSED)],
)
async def test_board_bridge_answers_until_a_signal_stops_it(
    mosquitto: Broker, pki: Path, tmp_path: Path, number: signal.Signals, code: ExitCode
) -> None:
    trace = tmp_path / "trace.jsonl"
    url = str(mosquitto.options)
    board = ("--port", "board:mps2-an385", "--pki", pki, "--json", "--trace", trace)
    async with started("--target", url, *board) as process:
        told = await introduced(process)
        assert (told["entity"], told["broker"]) == (str(ESME), url)
        assert told["commands"] == f"gbcs/v1/{ESME}/command"
        command = read_back(pki, DeviceType.ESME, ESME, "supplier", 1)
        result = await exchange(mosquitto.options, command.build(), command, 10)
        assert result.response is not None
        assert result.online
        process.send_signal(number)
        rest, said = await asyncio.wait_for(process.communicate(), at_most(120))
    assert process.returncode == code, said
    assert rest == b""
    assert b"Traceback" not in said
    frames = [json.loads(line) for line in trace.read_text().splitlines()]
    assert "MESSAGE" in {frame.get("type") for frame in frames}
    assert any(each.get("type") == "RECORD" and "redacted_octets" in each for each in frames)


async def test_board_bridge_ends_when_its_board_stays_unplugged(mosquitto: Broker) -> None:
    fake = FakeBoard(entity=ESME, device_type=1, store=StoreResult.OK)
    with PtyBoard(fake) as board:
        arguments = ("--port", board.path, "--patience", "0.5", "--json")
        async with started("--target", str(mosquitto.options), *arguments) as process:
            await introduced(process)
            board.unplug()
            _, said = await asyncio.wait_for(process.communicate(), at_most(120))
    assert process.returncode == ExitCode.BENCH_FAILED
    assert said.decode().count("\nfirmware-sim: ") == 1
    assert "Offline: " in said.decode()


def invoke(*arguments: str) -> Exception:
    result = CliRunner().invoke(app, ["bridge", *arguments])
    assert isinstance(result.exception, BenchError), result.output
    assert "\n" not in str(result.exception)
    return result.exception


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--target", "memory"), "a board in memory has no address for others"),
        (("--target", "http://x"), "mqtt"),
        (("--target", "mqtt", "--pki", "p", "--drill", "gpf-handover"), "two ways"),
        (("--target", "mqtt", "--drill", "none-such"), "there is no story"),
        (("--target", "mqtt", "--drill", "gpf-handover", "--entity", str(ESME)), "names its"),
        (("--target", "mqtt", "--type", "toaster"), "is no device type"),
    ],
)
def test_contradicting_options_of_board_bridge_are_usage_errors(
    arguments: tuple[str, ...], text: str
) -> None:
    error = invoke(*arguments)
    assert isinstance(error, UsageError)
    assert text in str(error)


def test_a_missing_port_or_board_is_an_error_of_one_line(tmp_path: Path) -> None:
    target = ("--target", f"mqtt://127.0.0.1:{free_port()}")
    assert "there is no port" in str(invoke("--port", str(tmp_path / "none"), *target))
    assert "is no board" in str(invoke("--port", "board:arduino", *target))


def test_two_usb_boards_without_a_port_option_are_an_error_that_lists_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = [_Usb("/dev/ttyACM0", "A1"), _Usb("/dev/ttyACM1", "B2")]
    monkeypatch.setattr(list_ports, "comports", lambda: both)
    error = invoke("--target", "mqtt://127.0.0.1")
    assert "which board? name one of /dev/ttyACM0 (usb:A1), /dev/ttyACM1 (usb:B2)" in str(error)
    monkeypatch.setattr(list_ports, "comports", list)
    assert "plug the board in" in str(invoke("--target", "mqtt://127.0.0.1"))


class _Usb:
    def __init__(self, device: str, serial_number: str) -> None:
        self.device, self.serial_number = device, serial_number
        self.vid, self.description = 1, ""
