"""``python -m tests.fuzz``: fuzz a device's `receive` for a fixed time (``make fuzz TIME=3600``).

Half of the time the device in Python is fuzzed alone, half of it with the native engine beside it.
A finding is written below ``--out`` and ends the run with an error. Seeds, and what libFuzzer
makes of them, live in a temporary folder: no reference message is left behind.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from firmware_sim.bench.experiments.campaign.interruption import terminated_as_interrupted
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS
from firmware_sim.hw.engine.finding import why_no_engine
from tests.fuzz.beside import ENGINE
from tests.fuzz.seeds import own_seeds, reference_seeds
from tests.requirements import skips_are_errors

# Of the wall clock, for what never ends; the target itself counts CPU time.
_SECONDS_AN_INPUT = 60
_MEGABYTES = 2048


def main() -> int:
    """Run; the exit code is libFuzzer's, or 2 if the run was interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: 60)")
    parser.add_argument("--out", type=Path, default=Path("runs/fuzz"), help="for findings")
    options = parser.parse_args()
    if find_spec("atheris") is None:
        _say("atheris has no wheel for this Python and machine: nothing was fuzzed")
        return 1 if skips_are_errors() else 0
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder)
        count = _write(corpus, _seeds())
        _say(f"{count} seeds, {options.seconds} s")
        return _run_all(corpus, options.seconds, options.out)


def _run_all(corpus: Path, seconds: int, out: Path) -> int:
    """Alone, then with the engine; what the first found out of inputs the second begins with."""
    missing = why_no_engine()
    if missing is not None:
        _say(f"the engine is not fuzzed: {missing}")
        return 1 if skips_are_errors() else _run(_command(corpus, seconds, out))
    half = max(seconds // 2, 1)
    _say("the device in Python")
    code = _run(_command(corpus, half, out))
    if code:
        return code
    _say("the same, with the native engine beside it")
    return _run(_command(corpus, half, out, ENGINE))


def _run(command: list[str]) -> int:
    """Run the fuzzing process; it ends with this one, because its standard input does."""
    with terminated_as_interrupted(), subprocess.Popen(command, stdin=subprocess.PIPE) as fuzzer:
        try:
            return fuzzer.wait()
        except KeyboardInterrupt:
            fuzzer.kill()
            fuzzer.wait()
            _say("interrupted")
            return ExitCode.INTERRUPTED


def _say(text: str) -> None:
    sys.stderr.write(f"fuzz: {text}\n")


def _seeds() -> Iterator[bytes]:
    yield from own_seeds()
    folder = os.environ.get("GBCS_RTDS")
    if folder:
        yield from reference_seeds(Path(folder))


def _write(corpus: Path, seeds: Iterator[bytes]) -> int:
    for seed in seeds:
        (corpus / sha256(seed).hexdigest()).write_bytes(seed)
    return len(list(corpus.iterdir()))


def _command(corpus: Path, seconds: int, out: Path, *engine: str) -> list[str]:
    options = (
        f"-max_total_time={seconds}",
        # One octet chooses the device; a message longer than is read must be tried too.
        f"-max_len={MAX_MESSAGE_OCTETS + 64}",
        f"-timeout={_SECONDS_AN_INPUT}",
        f"-rss_limit_mb={_MEGABYTES}",
        f"-artifact_prefix={out}/",
        "-print_final_stats=1",
        "-verbosity=0",
    )
    return [sys.executable, "-m", "tests.fuzz.atheris_run", *engine, *options, str(corpus)]


if __name__ == "__main__":
    sys.exit(main())
