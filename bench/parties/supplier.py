"""The supplier: its own credentials, a load controller's, and a normal root replacement."""

from typing import ClassVar

from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.replacement import ReplacementMode


class Supplier(Party):
    """Signs with the key in the supplier's digitalSignature cell; the Broker adds the MAC."""

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset(
        {
            ReplacementMode.ROOT_BY_SUPPLIER,
            ReplacementMode.SUPPLIER_BY_SUPPLIER,
            ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER,
        }
    )
