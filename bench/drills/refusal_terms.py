"""What a story says of a message that a device must refuse."""

from typing import Annotated

from pydantic import Field

from firmware_sim.bench.drills.story_terms import Reason, Strict


class RefusalExpected(Strict):
    """The device must refuse, for one of these reasons, and change no cell."""

    refused: Annotated[tuple[Reason, ...], Field(min_length=1)]
    """The reasons that count."""
