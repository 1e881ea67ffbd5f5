"""``device run`` as a process of its own: stopped, killed, started again, on both brokers."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli.device import app
from firmware_sim.bench.cli.message.exchange import exchange
from firmware_sim.bench.cli.message.query import read_back
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from tests.bench.evidence.test_pcap import records
from tests.contract.broker_fixtures import broker, mosquitto
from tests.contract.brokers import Broker, free_port
from tests.ground.tree import ROOT
from tests.requirements import require_engine
from tests.support.patience import at_most

__all__ = ["broker", "mosquitto"]

_ESME = device_entity_id(DeviceType.ESME, 0)
_PROGRAM = "import sys; from firmware_sim.bench.cli.device import app; app(sys.argv[1:])"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("device") / "pki"
    DrillPki.generate(4).save(folder)
    return folder


@asynccontextmanager
async def running(
    *arguments: str | Path, introductions: list[str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A device that has said it is ready; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PROGRAM, "run", "--type", "esme"),
        *map(str, arguments),
        cwd=ROOT,
        env={"COLUMNS": "200", "PATH": "/usr/bin"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(at_most(120)):
            said = await read_until(process, "Ctrl-C stops it.")
        if introductions is not None:
            introductions.append(said)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def read_until(process: asyncio.subprocess.Process, text: str) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    while text not in (lines or [""])[-1]:
        line = await process.stdout.readline()
        assert line, "".join(lines)
        lines.append(line.decode())
    return "".join(lines)


def query(pki: Path) -> Message:
    return read_back(pki, DeviceType.ESME, _ESME, "supplier", 1)


async def answer(broker: Broker, message: Message, seconds: float = 10.0) -> bytes | None:
    return (await exchange(broker.options, message.build(), message, seconds)).response


def url(broker: Broker) -> str:
    return f"mqtt://bench@127.0.0.1:{broker.options.port}"


async def test_device_run_answers_until_a_signal_stops_it(broker: Broker, pki: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        async with running("--pki", pki, "--target", url(broker)) as process:
            assert await answer(broker, query(pki)) is not None
            await read_until(process, "-> CS02a Response")
            process.send_signal(number)
            rest, _ = await process.communicate()
        assert process.returncode == ExitCode.PASSED
        assert rest.decode().endswith("Stopped.\n")


async def test_device_run_introduces_itself_with_address_and_cells(
    mosquitto: Broker, pki: Path
) -> None:
    said: list[str] = []
    arguments = ("--pki", pki, "--target", url(mosquitto), "--entity", "0246531100000007")
    async with running(*arguments, introductions=said):
        pass
    for text in (
        "ESME 0246531100000007",
        f"at {url(mosquitto)}",
        "gbcs/v1/0246531100000007/command",
        "memory only",
    ):
        assert text in said[0]
    supplier = DrillPki.generate(4).party(RemotePartyRole.SUPPLIER).certificates
    for cell, certificate in supplier.items():
        assert str(cell) in said[0]
        assert certificate.key_identifier.hex() in said[0]


async def test_device_run_captures_its_messages_and_names_its_policy(
    broker: Broker, pki: Path, tmp_path: Path
) -> None:
    capture, policy = tmp_path / "device.pcap", tmp_path / "policy.yaml"
    policy.write_text("refusal_alerts: silence\n")
    said: list[str] = []
    arguments = ("--pki", pki, "--target", url(broker), "--pcap", capture, "--policy", policy)
    command = query(pki)
    async with running(*arguments, introductions=said) as process:
        response = await answer(broker, command)
        assert await answer(broker, command, 0.3) is None
        process.kill()
        await process.wait()
    assert "refusal_alerts silence" in said[0]
    octets = command.build()
    assert [each for _, _, each in records(capture)] == [octets, response, octets]


@pytest.mark.parametrize("engine", ["python", pytest.param("native", marks=pytest.mark.slow)])
async def test_a_killed_device_remembers_its_counters(
    broker: Broker, pki: Path, tmp_path: Path, engine: str
) -> None:
    if engine == "native":
        require_engine()
    image = tmp_path / "esme.bin"
    first, second = query(pki), query(pki)
    arguments = ("--engine", engine, "--image", image, "--target", url(broker))
    async with running("--pki", pki, *arguments) as process:
        assert await answer(broker, first) is not None
        process.kill()
        await process.wait()
    async with running(*arguments) as process:
        assert await answer(broker, first, seconds=0.5) is None
        assert "refused, replayed" in await read_until(process, "refused")
        assert await answer(broker, second) is not None


async def test_device_run_reconnects_after_its_broker_restarts(
    mosquitto: Broker, pki: Path
) -> None:
    async with running("--pki", pki, "--target", url(mosquitto)):
        assert await answer(mosquitto, query(pki)) is not None
        await mosquitto.die()
        await mosquitto.start()
        assert await answer(mosquitto, query(pki)) is not None


async def test_an_image_in_use_is_refused(mosquitto: Broker, pki: Path, tmp_path: Path) -> None:
    image = tmp_path / "esme.bin"
    async with running("--pki", pki, "--image", image, "--target", url(mosquitto)):
        error = await asyncio.to_thread(refused, "--image", image, "--target", url(mosquitto))
    assert type(error) is BenchError
    assert "in use by another process" in str(error)


def refused(*arguments: str | Path) -> BaseException | None:
    command = ["run", "--type", "esme", *map(str, arguments)]
    return CliRunner().invoke(app, command).exception


def test_wrong_options_of_device_run_are_errors_of_one_line(pki: Path, tmp_path: Path) -> None:
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    wrong: list[tuple[type[BenchError], str, tuple[str | Path, ...]]] = [
        (UsageError, "an image or a PKI", ("--target", nowhere)),
        (UsageError, "is no target", ("--target", "nonsense", "--pki", pki)),
        (UsageError, "in memory", ("--target", "memory", "--pki", pki)),
        (UsageError, "16 hex digits", ("--target", nowhere, "--pki", pki, "--entity", "1")),
        (UsageError, "there is no image", ("--target", nowhere, "--image", tmp_path / "none")),
        (UsageError, "holds no PKI", ("--target", nowhere, "--pki", tmp_path)),
        (BenchError, "cannot reach an MQTT broker", ("--target", nowhere, "--pki", pki)),
    ]
    for kind, told, arguments in wrong:
        error = refused(*arguments)
        assert type(error) is kind, (arguments, error)
        assert told in str(error)
        assert "\n" not in str(error)


def test_an_unknown_device_type_is_an_error_that_lists_the_types() -> None:
    result = CliRunner().invoke(app, ["run", "--type", "tv", "--target", "mqtt"])
    assert "esme | gsme | gpf | chf" in str(result.exception)


async def test_a_requested_power_cut_stops_device_run_and_its_image_starts_again(
    pki: Path, broker: Broker, tmp_path: Path
) -> None:
    image = tmp_path / "esme.bin"
    arguments = ("--pki", pki, "--image", image, "--target", url(broker))
    async with running(*arguments, "--cut-at", "1:after:0") as process:
        assert await answer(broker, query(pki), 1.0) is None
        said = await read_until(process, "Power was cut")
        assert "1:after:0" in said
        assert await process.wait() == ExitCode.PASSED
    async with running(*arguments[2:]):
        assert await answer(broker, query(pki)) is not None
