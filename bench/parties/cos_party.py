"""The Transitional CoS party: its own credentials, and a supplier's at a change of supplier."""

from typing import ClassVar

from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.replacement import ReplacementMode


class CosParty(Party):
    """Signs with the key in the transitionalCoS cell."""

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset(
        {
            ReplacementMode.TRANS_COS_BY_TRANS_COS,
            ReplacementMode.SUPPLIER_BY_TRANS_COS,
        }
    )
