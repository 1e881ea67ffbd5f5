"""What goes wrong on the way to a board, as the bench's own error: it says nothing of a device."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.devices.links.board_errors import BoardResetError, DeviceFaultError
from firmware_sim.devices.links.link import LinkError
from firmware_sim.hw.engine.errors import EngineCrashError
from firmware_sim.hw.errors import BoardFileError, HardwareError, UnfitNameError, UnknownNameError


@contextmanager
def board_trouble_as_bench_error(mend: str = "") -> Iterator[None]:
    """Turn trouble with emulators, the engine, tools and lines into one line of the bench's.

    Args:
        mend: what to do about a line; emulators and tools say it themselves.

    Raises:
        BenchError: in place of another HardwareError or a LinkError. Also for a board that started
            anew unasked: a bad supply cannot be told from bad firmware.
        UsageError: a file of a board is not what it must be, or a board, a compiler or an emulator
            is named that there is not.
        DeviceFaultError: it passes, for it is the device's.
    """
    try:
        yield
    except EngineCrashError as error:
        raise BenchError(error.problem, _kept(error) or error.mend) from error
    except (BoardFileError, UnfitNameError, UnknownNameError) as error:
        raise UsageError(error.problem, error.mend, error.details) from error
    except HardwareError as error:
        raise BenchError(error.problem, error.mend, error.details) from error
    except DeviceFaultError as error:
        if not isinstance(error, BoardResetError):
            raise
        raise BenchError(str(error), "see to its supply, or look into its firmware") from error
    except LinkError as error:
        raise BenchError(str(error), mend) from error


def _kept(error: EngineCrashError) -> str:
    """Keep the message that the engine did not survive; in words, where."""
    if not error.octets:
        return ""
    path = Path(f"engine-crash-{hashlib.sha256(error.octets).hexdigest()[:16]}.bin")
    try:
        path.touch(0o600)
        path.write_bytes(error.octets)
    except OSError as trouble:
        return f"the message could not be kept in {path}: {trouble.strerror}"
    return f"the message is kept in {path}: message decode shows it, and it may hold keys"
