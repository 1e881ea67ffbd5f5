"""Whether a board's folder has what is linked, and its script gives the firmware what it needs."""

from pathlib import Path
from typing import Final

from elftools.elf.elffile import ELFFile

from firmware_sim.hw.build.sizes import STACK_BUDGET
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.errors import BoardFileError

_NEEDED: Final = ("_stack_bottom", "_stack_top", "_data_load", "_data_start", "_data_end")


def check_is_whole(folder: Path) -> None:
    """Refuse a folder of a board that lacks its C or its linker script.

    Raises:
        BoardFileError: one is not there.
    """
    mend = "firmware-sim board new writes the files of a board"
    if not any(folder.glob("*.c")):
        raise BoardFileError(f"there is no board.c in {folder}", mend)
    if not (folder / "link.ld").is_file():
        raise BoardFileError(f"there is no link.ld in {folder}", mend)


def check_linked(firmware: Firmware, script: Path, stack: int | None) -> None:
    """Refuse firmware that would not start, or would overrun its stack, as it was linked.

    Args:
        script: the board's link.ld, for the message.
        stack: the most octets of stack that the firmware can need; None if no call graph tells,
            then the budget is asked for.

    Raises:
        BoardFileError: too little stack, or a symbol that start-up code relies on is wrong.
    """
    firmware.build_id  # noqa: B018 - HardwareError: its bounds are in a wrong order
    places = {name: firmware.symbols[name] for name in _NEEDED if name in firmware.symbols}
    for name in _NEEDED:
        if name not in places:
            raise BoardFileError(f"{script} sets no {name}", "start from one of board new")
    _check_stack(places["_stack_top"] - places["_stack_bottom"], script, stack)
    if places["_data_end"] > places["_data_start"]:
        _check_data(firmware.path, places, script)


def _check_stack(octets: int, script: Path, stack: int | None) -> None:
    needed = STACK_BUDGET if stack is None else stack
    if octets < needed:
        raise BoardFileError(
            f"{script} sets {octets:,} octets of stack aside, and the firmware needs {needed:,}",
            f"set at least {STACK_BUDGET:,}, the budget of the stack, and some for your interrupts",
        )


def _check_data(elf: Path, places: dict[str, int], script: Path) -> None:
    """Start-up code copies the first values of variables from _data_load: they must lie there."""
    start, load = places["_data_start"], places["_data_load"]
    with elf.open("rb") as file:
        for segment in ELFFile(file).iter_segments("PT_LOAD"):
            within = start - segment["p_vaddr"]
            if not 0 <= within < segment["p_filesz"]:
                continue
            if (place := segment["p_paddr"] + within) != load:
                raise BoardFileError(
                    f"_data_load of {script} is {load:#010x}, and the first values of variables "
                    f"are at {place:#010x}",
                    "write _data_load = LOADADDR(.data);",
                )
