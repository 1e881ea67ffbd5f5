"""An engine that hangs is ended, and is the bench's error: every wait on it has a bound."""

import multiprocessing
import os
import signal

import pytest

from firmware_sim.hw.engine.errors import EngineCrashError
from firmware_sim.hw.engine.hosting import EngineProcess
from tests.requirements import require_engine


def test_an_engine_that_does_not_answer_is_ended_and_said_to_be_silent() -> None:
    with EngineProcess(require_engine()) as engine:
        device = engine.open("tiny")
        [process] = multiprocessing.active_children()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        engine.wait_at_most(0.1)
        with pytest.raises(EngineCrashError, match="s without an answer") as caught:
            device.receive(b"a message")
        assert caught.value.octets == b"a message"
        assert not process.is_alive()
