"""The simulator's store, told and asked like the firmware's: the other side of a comparison."""

from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.records import RecordKey, RecordKind, Superblock
from firmware_sim.machine.store import InsufficientSpace, Store, StoreError
from firmware_sim.machine.store.model import State
from tests.board.ram_board import Changes, Result
from tests.machine.store.starting_stores import ENTITY
from tests.machine.store.sweeping import everything

_RESULTS = {
    "no area has": Result.NO_AREA,
    "the image was made": Result.NO_AREA,
    "a committed record": Result.ALTERED,
    "the first transaction": Result.ALTERED,
    "the flash did not": Result.FAILED,
}


class PythonStore:
    """A flash and the store on it."""

    def __init__(self, flash: NorFlash) -> None:
        self.flash = flash
        self.store: Store | None = None

    @classmethod
    def loaded(cls, image: bytes, geometry: Geometry) -> "PythonStore":
        return cls(NorFlash.load(image, geometry))

    def open(self) -> Result:
        try:
            self.store = Store.open(self.flash)
        except StoreError as error:
            return result_of(error)
        return Result.OK

    def format(self, records: dict[RecordKey, bytes]) -> Result:
        superblock = Superblock(self.flash.geometry, DeviceType.ESME, ENTITY)
        try:
            self.store = Store.format(self.flash, superblock, records.items())
        except StoreError as error:
            return result_of(error)
        return Result.OK

    def commit(self, changes: Changes) -> Result:
        """First what is put, then what is removed, as machine.state.Changes orders it."""
        assert self.store is not None
        transaction = self.store.transaction()
        for key, body in changes.items():
            if body is not None:
                transaction.put(key, body)
        for key, body in changes.items():
            if body is None:
                transaction.delete(key)
        try:
            transaction.commit()
        except StoreError as error:
            return result_of(error)
        return Result.OK

    def everything(self) -> State:
        assert self.store is not None
        return everything(self.store)

    def items(self, kind: RecordKind) -> list[tuple[RecordKey, bytes]]:
        assert self.store is not None
        return list(self.store.items(kind))


def result_of(error: StoreError) -> Result:
    """The firmware's name for a refusal."""
    if isinstance(error, InsufficientSpace):
        return Result.FULL
    return next(result for start, result in _RESULTS.items() if error.reason.startswith(start))
