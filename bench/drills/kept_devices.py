"""What a run has kept of its devices: the flash of each before the run, and the octets it was sent.

Up to 100 devices have their images in files. Those of a larger run follow from story and seed, and
the digest in the record says whether they do.
"""

from collections import defaultdict
from collections.abc import Collection
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from firmware_sim.bench.drills.device_clocks import changes_trust
from firmware_sim.bench.drills.home_seed import drill_seed
from firmware_sim.bench.drills.link_chance import LinkChance
from firmware_sim.bench.drills.recorded import inventory_of, policy_of
from firmware_sim.bench.drills.replayed_links import ReplayedLinks, cut_of, unreachable_of
from firmware_sim.bench.drills.setup import DrillSetup, set_up
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.folder import has_files, image_name
from firmware_sim.bench.evidence.reading import read_octets
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import DeviceRecord, MessageRow
from firmware_sim.bench.evidence.run_info import STORY
from firmware_sim.bench.files.whole_files import MAX_IMAGE_OCTETS, read_bounded
from firmware_sim.gbcs.identifiers import EntityId

_MEND: Final = "see evidence verify"
_PLAY_ALL: Final = "use evidence verify --replay all, which plays these too"


class KeptDevices:
    """Of one run; the octets are those of the chosen devices alone."""

    def __init__(self, folder: Path, record: RunRecord, chosen: Collection[str]) -> None:
        self.record = record
        self._folder = folder
        self._octets = read_octets(folder, chosen)
        self._messages: defaultdict[str, list[MessageRow]] = defaultdict(list)
        for row in record.messages:
            self._messages[row.device].append(row)

    def check_clocks(self) -> None:
        """Refuse a run of which the ledger does not say how far its devices trusted their clocks.

        Raises:
            UsageError: the story lets devices distrust their clocks.
        """
        if self.record.input_of(STORY) is not None and changes_trust(self._story):
            found = "its devices distrust their clocks in a step"
            raise UsageError(
                f"no device of {self._folder} can be played by itself: {found}", _PLAY_ALL
            )

    def links_of(self, entity: str) -> ReplayedLinks:
        """What the links of the run, and its power cuts, did to the messages of a device."""
        return ReplayedLinks(EntityId.parse(entity), self._chance, cut_of(self.record, entity))

    def messages(self, entity: str) -> list[MessageRow]:
        """To and from a device, in their order."""
        return self._messages[entity]

    def octets(self, row: MessageRow) -> bytes:
        """Of a message to or from a chosen device."""
        return self._octets[row.id]

    def image_before(self, device: DeviceRecord) -> bytes:
        """The flash of a device before the run.

        Raises:
            UsageError: none was kept, or it is not the one of the record.
        """
        if not device.image_before:
            problem = f"no image of {device.entity} was kept: only the device can read its flash"
            raise UsageError(problem, "choose another --device")
        if has_files(self.record):
            path = self._folder / image_name(device.entity, "before")
            image, what = read_bounded(path, MAX_IMAGE_OCTETS, "flash image"), f"{path}"
        else:
            image, what = self._made_again(device.entity), "what the seed gives"
        if sha256(image).hexdigest() != device.image_before:
            raise UsageError(f"{what} is not the image of {device.entity} in the record", _MEND)
        return image

    def image_after(self, device: DeviceRecord) -> bytes | None:
        """The flash of a device after the run; None where no file was kept, or another stands."""
        if not has_files(self.record):
            return None
        path = self._folder / image_name(device.entity, "after")
        image = read_bounded(path, MAX_IMAGE_OCTETS, "flash image")
        return image if sha256(image).hexdigest() == device.image_after else None

    def _made_again(self, entity: str) -> bytes:
        setup, wanted = self._setup, EntityId.parse(entity)
        spare = {each.entity_id: each for hub in setup.spares for each in hub.devices}
        device = setup.devices.get(wanted) or spare.get(wanted)
        if device is None:
            raise UsageError(f"the story gives no device {entity}", _MEND)
        return device.image()

    @cached_property
    def _chance(self) -> LinkChance | None:
        if self.record.input_of(STORY) is None or self._story.links is None:
            return None
        seed = drill_seed(self.record.run.seed)
        return LinkChance(self._story.links, unreachable_of(self.record), seed)

    @cached_property
    def _story(self) -> Story:
        source = self.record.input_of(STORY)
        if source is None:
            raise UsageError("the ledger does not hold its story", _MEND)
        return read_story(source.text, source.origin, policy_of(self.record, _MEND))

    @cached_property
    def _setup(self) -> DrillSetup:
        record = self.record
        return set_up(
            self._story,
            premises=record.run.premises,
            seed=record.run.seed,
            policy=policy_of(record, _MEND),
            inventory=inventory_of(record),
        )
