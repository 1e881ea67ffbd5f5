"""The fuzzing process: devices traced by atheris, run until libFuzzer's options say stop.

``python -m tests.fuzz`` starts it; its arguments are libFuzzer's, and before them ``--engine`` to
set the native engine beside each device.
"""

import os
import sys
from contextlib import nullcontext
from threading import Thread

import atheris

from firmware_sim.bench.outcome import ExitCode

# Before the traced modules are imported by anything else.
PURE = ["firmware_sim.gbcs", "firmware_sim.machine", "firmware_sim.devices"]
with atheris.instrument_imports(include=PURE):
    from tests.fuzz.beside import ENGINE, beside_the_engine
    from tests.fuzz.mutator import mutate
    from tests.fuzz.target import check


def _change(octets: bytes, max_octets: int) -> bytes:
    return bytes(atheris.Mutate(octets, max(max_octets, 1)))


def _mutate(data: bytes, max_octets: int, seed: int) -> bytes:
    return mutate(data, max_octets, seed, _change)


def _end_with_parent() -> None:
    """Nothing is sent on standard input: it ends when the parent closes it or is gone."""
    sys.stdin.buffer.read()
    os._exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    Thread(target=_end_with_parent, daemon=True).start()
    beside = ENGINE in sys.argv
    options = [each for each in sys.argv if each != ENGINE]
    atheris.Setup(options, check, custom_mutator=_mutate)
    with beside_the_engine() if beside else nullcontext():
        atheris.Fuzz()
