"""The WAN provider: its own credentials and, on a Communications Hub, the root."""

from typing import ClassVar

from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.replacement import ReplacementMode


class WanProvider(Party):
    """Signs with the key in a Communications Hub's wanProvider cell."""

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset(
        {
            ReplacementMode.ROOT_BY_WAN_PROVIDER,
            ReplacementMode.WAN_PROVIDER_BY_WAN_PROVIDER,
        }
    )
