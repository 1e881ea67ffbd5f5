"""What the flash images of a drill's devices hold: each is read again only after a change."""

from dataclasses import dataclass, field

from firmware_sim.bench.dut.target import Target
from firmware_sim.devices.image_contents import ImageContents, ImageReader
from firmware_sim.gbcs.identifiers import EntityId


@dataclass(slots=True)
class _Reading:
    """The last one of a device.

    Attributes:
        given: what `Target.given` said just before it.
    """

    reader: ImageReader = field(default_factory=ImageReader)
    given: int | None = None
    contents: ImageContents | None = None


class ImageReadings:
    """The last reading of each device."""

    def __init__(self) -> None:
        self._last: dict[EntityId, _Reading] = {}

    async def contents(self, target: Target, device: EntityId) -> ImageContents | None:
        """What the flash image of a device at a target holds; None if only the device can read it.

        Raises:
            StoreError: the image holds no sound state.
        """
        last = self._last.get(device)
        given = target.given(device)
        if last is not None and given is not None and given == last.given:
            return last.contents
        image = await target.image(device)
        if image is None:
            return None
        last = self._last.setdefault(device, _Reading())
        last.contents, last.given = last.reader.read(image), given
        return last.contents
