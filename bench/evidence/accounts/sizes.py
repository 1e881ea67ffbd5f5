"""What is told of sizes: what algorithms would cost a device type, in octets."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from firmware_sim.bench.evidence.columns import Kind, Number, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeEstimate:
    """What algorithms would cost one device type, in octets; nothing was installed.

    Attributes:
        standards: where the sizes of keys and signatures come from.
        type: of the device.
        certificate: the longest in its cells, or of its own keys.
        reading: a CS02a that is signed, by Recovery.
        reading_by_mac: a CS02a with a MAC, by the Access Control Broker.
        command: the CS02b by which Contingency replaces every cell.
        block: octets of a message in one block.
        blocks: of that command; 1 if it travels as it is.
        on_link: that command with the headers of its blocks.
        milliseconds: name and rate of a link -> how long that takes.
        flash: octets of its image with keys of that size; None if nobody can read the image.
        area: what one area of its flash takes.
        too_large: which limits of this program are exceeded.
    """

    step: Words
    algorithm: Words
    standards: Words
    type: Kind
    certificate: Number
    reading: Number
    reading_by_mac: Number
    command: Number
    block: Number
    blocks: Number
    on_link: Number
    milliseconds: Annotated[dict[Words, Number], Field(max_length=4)]
    flash: Number | None
    area: Number | None
    too_large: Annotated[tuple[Words, ...], Field(max_length=10)] = ()
