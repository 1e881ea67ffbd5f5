"""What a store means, with no flash in it: the oracle that the real one is compared with.

Deliberately naive. It shares with the real store only the names of records and their sizes.
"""

from collections.abc import Iterable, Iterator, Mapping

from firmware_sim.machine.image.layout import (
    BODY_OCTETS,
    COMMIT_OCTETS,
    ENTRY_HEADER_OCTETS,
    JOURNAL_START,
)
from firmware_sim.machine.image.records import RecordKey, RecordKind
from firmware_sim.machine.store.errors import InsufficientSpace

State = Mapping[RecordKey, bytes]
"""Everything that a store holds: body by key."""


class StoreModel:
    """A mapping whose changes come in groups and that refuses to outgrow its area."""

    def __init__(self, area_octets: int, records: Iterable[tuple[RecordKey, bytes]] = ()) -> None:
        self._area_octets = area_octets
        self._state: dict[RecordKey, bytes] = {}
        self.commit(dict(records))

    @property
    def state(self) -> State:
        """A copy of all that is held."""
        return dict(self._state)

    def get(self, key: RecordKey) -> bytes | None:
        """The body under a key; None if there is none."""
        return self._state.get(key)

    def items(self, kind: RecordKind) -> Iterator[tuple[RecordKey, bytes]]:
        """Key and body of every record of a kind, in order of their numbers."""
        return iter(sorted((key, body) for key, body in self._state.items() if key.kind == kind))

    def after(self, changes: Mapping[RecordKey, bytes | None]) -> State:
        """The state that these changes would lead to; None deletes.

        Raises:
            InsufficientSpace: that state does not fit into an area.
        """
        merged = {**self._state, **changes}
        state = {key: body for key, body in merged.items() if body is not None}
        if self.octets(state) > self._area_octets:
            raise InsufficientSpace("the model is full")
        return state

    def commit(self, changes: Mapping[RecordKey, bytes | None]) -> None:
        """Make changes; all of them, or with `InsufficientSpace` none."""
        self._state = dict(self.after(changes))

    @staticmethod
    def octets(state: State) -> int:
        """What a state takes of an area: two superblocks, its records, one commit mark."""
        records = sum(ENTRY_HEADER_OCTETS + BODY_OCTETS[key.kind] for key in state)
        return JOURNAL_START + records + COMMIT_OCTETS
