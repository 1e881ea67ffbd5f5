"""What goes wrong on the way to a board, as the bench's own error: it says nothing of a device."""

from collections.abc import Iterator
from contextlib import contextmanager

from firmware_sim.bench.errors import BenchError
from firmware_sim.devices.links.board_errors import BoardResetError, DeviceFaultError
from firmware_sim.devices.links.link import LinkError
from firmware_sim.hw.errors import HardwareError


@contextmanager
def board_trouble_as_bench_error(mend: str = "") -> Iterator[None]:
    """Turn trouble with emulators, tools and lines into one line of the bench's.

    Args:
        mend: what to do about a line; emulators and tools say it themselves.

    Raises:
        BenchError: in place of a HardwareError or a LinkError. Also for a board that started
            anew unasked: a bad supply cannot be told from bad firmware.
        DeviceFaultError: it passes, for it is the device's.
    """
    try:
        yield
    except HardwareError as error:
        raise BenchError(error.problem, error.mend) from error
    except DeviceFaultError as error:
        if not isinstance(error, BoardResetError):
            raise
        raise BenchError(str(error), "see to its supply, or look into its firmware") from error
    except LinkError as error:
        raise BenchError(str(error), mend) from error
