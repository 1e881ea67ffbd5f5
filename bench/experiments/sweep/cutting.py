"""Doing one flash operation under a cut, and watching what a power-on does."""

from firmware_sim.machine.flash.cut import CutPlan, PowerCut
from firmware_sim.machine.flash.nor import FlashSnapshot, NorFlash
from firmware_sim.machine.flash.trace import FlashOperation, OperationKind
from firmware_sim.machine.store import StoreError, recovery


def cut(flash: NorFlash, before: FlashSnapshot, operation: FlashOperation, plan: CutPlan) -> None:
    """Leave the flash as that operation leaves it when the plan cuts it; power is on again.

    Raises:
        AssertionError: the cut did not come.
    """
    flash.restore(before, plan._replace(operation=0))
    try:
        if operation.kind is OperationKind.PROGRAM:
            flash.program(operation.address, operation.after)
        else:
            flash.erase(flash.geometry.block_starts.index(operation.address))
    except PowerCut:
        flash.power_on()
        return
    raise AssertionError(f"{plan}: the cut did not come")


def watched_recovery(
    flash: NorFlash, start: FlashSnapshot
) -> list[tuple[FlashSnapshot, FlashOperation]]:
    """What a power-on does to a flash: each operation, with the flash just before it."""
    flash.restore(start)
    trace: list[FlashOperation] = []
    snapshots = [start]
    flash.trace, flash.observer = trace, lambda *_: snapshots.append(flash.snapshot())
    try:
        recovery.recover(flash)
    except StoreError:
        trace.clear()  # it refuses to start, and has changed nothing
    finally:
        flash.trace = flash.observer = None
    return list(zip(snapshots, trace, strict=False))


def fingerprint(snapshot: FlashSnapshot) -> int:
    """A number that tells contents and program counts of flashes of one geometry apart."""
    return hash((snapshot.pages, snapshot.programmed))
