"""The door: ``firmware-sim``, or ``python -m firmware_sim`` where no such script is on the path."""

import gc
import sys
from typing import Final

from firmware_sim.bench.experiments.campaign.interruption import (
    signals_seen,
    terminated_as_interrupted,
)
from firmware_sim.bench.outcome import ExitCode

_COLLECTED_AFTER: Final = (20_000, 50, 50)
"""Allocations after which Python looks for cycles among the youngest objects; then rounds of that.

A record of thousands of devices is millions of objects without cycles. By Python's own numbers
(700, 10, 10) a drill of 900 devices spends a fifth of its time, and its report half of it, on
looking through them.
"""


def main() -> None:
    """Run the process's command line and exit with its code."""
    with terminated_as_interrupted(), signals_seen() as was_interrupted:
        try:
            code = _run()
        except KeyboardInterrupt:
            code = _interrupted()
        except Exception:
            raise
        except BaseException:
            if not was_interrupted():
                raise
            code = _interrupted()
        sys.exit(code)


def _run() -> int:
    gc.set_threshold(*_COLLECTED_AFTER)
    # Imported here: on a busy machine that takes seconds, in which a signal may come.
    from firmware_sim.bench.cli.main import run  # noqa: PLC0415
    from firmware_sim.bench.cli.output import flush_streams, prepare_streams  # noqa: PLC0415

    prepare_streams()
    code = run()
    flush_streams()
    return code


def _interrupted() -> int:
    sys.stderr.write("firmware-sim: interrupted\n")
    return ExitCode.INTERRUPTED


if __name__ == "__main__":
    main()
