"""A drill while it is played from the command line: seen, and never ended by a traceback."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any

from firmware_sim.bench.cli.drill_ending import RunEnding
from firmware_sim.bench.cli.live import shown
from firmware_sim.bench.drills.runner import DrillEnding
from firmware_sim.bench.drills.safe_point import heeding
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.evidence.difference import AlteredError
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.files.whole_files import CannotWriteError
from firmware_sim.bench.outcome import ExitCode, Outcome
from firmware_sim.bench.progress import Progress

_log = logging.getLogger(__name__)


def rehearsed(
    title: str, play: Callable[[Progress], Coroutine[Any, Any, DrillEnding]], ledger: RunLedger
) -> RunEnding:
    """How a drill ended that was played with a progress to be seen.

    Args:
        ledger: of the run; whoever watches it may leave a wish in its folder.

    Raises:
        AlteredError: a run that is played again is not the one of its ledger.
        sqlite3.OperationalError: the ledger cannot be written.
        CannotWriteError: another file of the run cannot.
    """
    try:
        with heeding(ledger.folder, ledger.commit), shown(title) as progress:
            ending = asyncio.run(play(progress))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return RunEnding(Outcome.INTERRUPTED, ExitCode.INTERRUPTED, "Interrupted from outside.")
    except (CannotWriteError, sqlite3.OperationalError, AlteredError):
        raise  # no record to which the reason could go; and a run that lacked room can go on
    except BenchError as error:
        _log.debug("where it happened", exc_info=True)
        return RunEnding(Outcome.ERROR, error.exit_code, f"{error}.")
    except Exception as error:  # noqa: BLE001 - a bug of ours must not cost the record
        _log.debug("where it happened", exc_info=True)
        reason = f"{type(error).__name__}: {error} (-vv shows where)."
        return RunEnding(Outcome.ERROR, ExitCode.BENCH_FAILED, reason)
    outcome = ending.outcome
    return RunEnding(outcome, outcome.exit_code, ending.reason, ending.verdicts.procedure)
