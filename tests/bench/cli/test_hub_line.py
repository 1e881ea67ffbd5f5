"""``gfi:…`` on the command line: a device that listens, and a message that is sent to it."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_sim.bench.cli.device import app as device_app
from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from tests.support.fake_hub import FakeHub

ESME = "0246531100000000"


@pytest.mark.slow
def test_a_message_goes_to_a_device_that_listens_and_its_response_is_verified(
    tmp_path: Path,
) -> None:
    pki, command = tmp_path / "pki", tmp_path / "command.hex"
    DrillPki.generate(1).save(pki)
    asked = ["read-back", "--pki", str(pki), "--type", "esme", "--entity", ESME]
    assert CliRunner().invoke(app, [*asked, "--out", str(command)]).exit_code == 0
    program = [sys.executable, "-m", "firmware_sim", "device", "run", "--type", "esme"]
    line = ["--pki", str(pki), "--target", "gfi:tcp-listen://127.0.0.1:0"]
    with subprocess.Popen([*program, *line], stdout=subprocess.PIPE, text=True) as device:
        try:
            assert device.stdout is not None
            port = device.stdout.readline().split(":")[-1].strip()
            target = ["--target", f"gfi:tcp://127.0.0.1:{port}", "--pki", str(pki), "--json"]
            sent = CliRunner().invoke(app, ["send", str(command), *target])
        finally:
            device.send_signal(signal.SIGINT)
        said = device.stdout.read()
    assert sent.exit_code == ExitCode.PASSED, sent.output
    assert json.loads(sent.stdout)
    assert "Stopped." in said


def test_silence_of_a_hub_is_told_without_words_of_a_broker(tmp_path: Path) -> None:
    pki, command = tmp_path / "pki", tmp_path / "command.hex"
    DrillPki.generate(1).save(pki)
    asked = ["read-back", "--pki", str(pki), "--type", "esme", "--entity", ESME]
    assert CliRunner().invoke(app, [*asked, "--out", str(command)]).exit_code == 0
    with FakeHub() as hub:
        line = ["--target", hub.target, "--pki", str(pki), "--timeout", "0.5"]
        sent = CliRunner().invoke(app, ["send", str(command), *line])
    assert sent.exit_code == ExitCode.DEVICE_FAILED
    assert "nothing on this line tells whether the hub has such a device" in sent.stderr
    assert "broker" not in sent.stderr


def test_a_line_that_is_none_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    arguments = ["run", "--type", "esme", "--image", str(tmp_path / "new.bin")]
    refused = CliRunner().invoke(device_app, [*arguments, "--target", "gfi:udp://x:1"])
    assert isinstance(refused.exception, UsageError)
    assert not list(tmp_path.iterdir())
