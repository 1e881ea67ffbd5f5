"""The network operator: replaces its own credentials."""

from typing import ClassVar

from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.replacement import ReplacementMode


class NetworkOperator(Party):
    """Signs with the key in the network operator's digitalSignature cell."""

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset(
        {
            ReplacementMode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
        }
    )
