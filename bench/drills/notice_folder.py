"""The notice and progress files of a drill, kept while it runs and written at its end."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Final

from firmware_sim.bench.drills.compromise_steps import NamedParty, Recipient
from firmware_sim.bench.drills.fallen_keys import OF_ANNEX_A, FallenName, Held, touched_cells
from firmware_sim.bench.files.whole_files import new_file, own_folder
from firmware_sim.bench.governance.compromise import Body
from firmware_sim.bench.governance.notice_files import (
    RELEVANT_FILE,
    NoticeFile,
    NoticeRow,
    ProgressRow,
    RelevantRow,
    as_csv,
    notice_file,
    progress_file,
)
from firmware_sim.bench.governance.procedure import Case
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import RemotePartyRole

NOTICES_FOLDER: Final = "notices"
_XML_KEYS: Final = OF_ANNEX_A | {FallenName.XML_SIGNING, FallenName.S1SP, FallenName.OTHER}


def of_organisation(name: FallenName) -> bool:
    """Whether a key is an Organisation Certificate's, other than the Recovery Certificate's."""
    if name in _XML_KEYS:
        return True
    return name.cell is not None and name.cell.role is not RemotePartyRole.RECOVERY


class NoticeFolder:
    """Collects rows while steps are played."""

    def __init__(self) -> None:
        self._keys: dict[str, FallenName] = {}
        self._notices: defaultdict[NoticeFile, list[NoticeRow]] = defaultdict(list)
        self._progress: defaultdict[NoticeFile, list[ProgressRow]] = defaultdict(list)
        self._relevant: list[RelevantRow] = []
        self._commanded: set[EntityId] = set()

    def open(self, case: Case, name: FallenName) -> None:
        """A Compromise was put on record."""
        self._keys[case.name] = name

    def notify(self, at: datetime, case: Case, sender: Body, to: Recipient) -> None:
        """One body told another."""
        name = self._keys[case.name]
        recipient = to.party if isinstance(to, NamedParty) else to.value
        fallen = case.compromise
        row = NoticeRow(
            at, case.name, name.value, fallen.kind, fallen.certainty,
            fallen.detected_at, sender.value, recipient,
        )  # fmt: skip
        self._notices[notice_file(of_organisation=of_organisation(name))].append(row)

    def event(self, case: Case) -> None:
        """A Recovery Event occurred: every Relevant Device, with its reason."""
        for each in case.relevant or ():
            cells = " ".join(map(str, each.cells))
            row = RelevantRow(
                case.name, each.entity_id, each.device_type.name, each.smi_status,
                each.responsible_supplier, each.network_operator, each.ground, cells,
            )  # fmt: skip
            self._relevant.append(row)

    def progress(
        self, at: datetime, case: Case, held: Held, commanded: Collection[EntityId]
    ) -> None:
        """Something was sent, read back or reported."""
        name = self._keys[case.name]
        devices = case.devices if case.event is None else case.event.devices
        self._commanded |= devices.intersection(commanded)
        key = case.key
        recovered = sum(key is None or not touched_cells(key, held[entity]) for entity in devices)
        row = ProgressRow(
            at, case.name, name.value, case.state, len(devices),
            len(self._commanded & devices), recovered,
        )  # fmt: skip
        self._progress[progress_file(of_organisation=of_organisation(name))].append(row)

    def write(self, folder: Path) -> None:
        """Write the files that have a row, into a folder of their own (mode 0700)."""
        texts = {file.value: as_csv(rows) for file, rows in self._notices.items()}
        texts |= {file.value: as_csv(rows) for file, rows in self._progress.items()}
        texts |= {RELEVANT_FILE: as_csv(self._relevant)} if self._relevant else {}
        if not texts:
            return
        own_folder(folder / NOTICES_FOLDER)
        for file, text in sorted(texts.items()):
            with new_file(folder / NOTICES_FOLDER / file) as opened:
                opened.write(text.encode("utf-8"))
