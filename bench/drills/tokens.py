"""Prepayment tokens of a drill: who made them, and what became of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.protection import AgreementKey
from firmware_sim.bench.drills.use_terms import PREPAYMENT_CELL
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId
from firmware_sim.gbcs.utrn import COUNTER_STEP, TopUpParties, ValueClass, make_utrn

Held = Mapping[EntityId, Mapping[TrustAnchorCellId, Credential]]
Fate = Literal["unspent", "spent", "refused", "unknown", "missed"]
_SUITE: Final = P256Suite()


@dataclass(slots=True)
class Token:
    """One UTRN for one meter.

    Attributes:
        digits: twenty, as the customer types them.
        pence: what it is worth.
        by_thief: made with a copied key, so that nobody has paid for it.
        fate: ``refused`` if the meter did not take it though it was never spent; ``unknown`` if the
            links lost what the meter said of it, and nobody could look; ``missed`` if somebody
            could, and it was not credited.
    """

    counter: int
    digits: str
    pence: int
    by_thief: bool = False
    fate: Fate = "unspent"


@dataclass(slots=True)
class TokenBook:
    """Every token of a drill.

    Attributes:
        sold: by the name that the story gives them, and by meter.
        made: all of them, in order.
        replaced: when the prepayment key of a meter was replaced, by the drill's clock.
        open_to_thief: meters whose prepayment key has been copied: since when, and which key.
    """

    sold: dict[str, dict[EntityId, Token]] = field(default_factory=dict)
    made: list[Token] = field(default_factory=list)
    replaced: dict[EntityId, datetime] = field(default_factory=dict)
    open_to_thief: dict[EntityId, tuple[datetime, Credential]] = field(default_factory=dict)
    _last: dict[EntityId, int] = field(default_factory=dict)

    def make(
        self,
        supplier: EntityId,
        contact: DeviceContact,
        key: AgreementKey,
        pence: int,
        at: datetime,
        *,
        by_thief: bool,
    ) -> Token:
        """A token with the supplier's next UTRN counter: seconds since 1970, times 2**32.

        Args:
            key: the prepayment key.
            pence: 1 to 8,191.
        """
        number = max(self._last.get(supplier, 0) + 1, int(at.timestamp()))
        self._last[supplier] = number
        counter = number * COUNTER_STEP
        secret = key.secret_with(contact.agreement_key)
        parties = TopUpParties(supplier, contact.entity_id, secret)
        utrn = make_utrn(parties, counter, ValueClass.PENCE, pence, _SUITE)
        token = Token(counter, str(utrn), pence, by_thief)
        self.made.append(token)
        return token

    def is_open(self, held: Held) -> Callable[[EntityId], bool]:
        """Whether a meter still holds the key that was copied."""
        return lambda entity: held[entity].get(PREPAYMENT_CELL) == self.open_to_thief[entity][1]
