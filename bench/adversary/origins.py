"""Where an adversary's certificates come from, if no authority's key was stolen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from firmware_sim.bench.adversary.forged_certificates import (
    ADVERSARY,
    SECOND_NAME,
    leaf,
    link,
    own_issuing,
    own_key,
    own_root,
)
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId

Leaves = Callable[[TrustAnchorCellId, EntityId], bytes]
"""The certificate for a cell in DER, by the cell and its present owner."""

OWN_ROOTS: Final = (1, 2)

ENROLLED: Final = "enrolled"
"""The one origin that a device believes: SMKI has issued the certificates to the adversary."""


@dataclass(frozen=True)
class Origin:
    """Certificates of one origin.

    Attributes:
        name: says whose they are.
        leaves: what goes into the cells of parties.
        path: what stands between them and the root, and vouches for a new root.
        root: what goes into the root cell; None to leave that cell alone.
        is_own: the adversary has the private keys of `leaves`.
        own_root: number of the adversary's root, if `root` is one of those.
        needs: the stolen key that it takes to make them; empty for none.
        in_period: False for certificates that have expired, in a command that says not to look.
    """

    name: str
    leaves: Leaves
    path: tuple[bytes, ...]
    root: bytes | None = None
    is_own: bool = False
    own_root: int | None = None
    needs: str = ""
    in_period: bool = True


def issued_to_it(issuing: Certificate, issuer: IssuingKey, ended: datetime) -> Iterator[Origin]:
    """What SMKI has issued to the adversary as a subscriber: good, and good for nothing.

    Args:
        issuing: the certificate of the Issuing OCA, whose key `issuer` is.
        ended: a time that has passed for every device.
    """
    first = (issuing.octets,)
    yield Origin(ENROLLED, lambda cell, _: leaf(issuer, cell.key_usage), first, is_own=True)
    yield Origin(
        "wrong usage", lambda cell, _: leaf(issuer, _other(cell.key_usage)), first, is_own=True
    )
    yield Origin(
        "expired",
        lambda cell, _: leaf(issuer, cell.key_usage, not_after=ended),
        first,
        is_own=True,
        in_period=False,
    )


def self_made(root: Certificate, issuing: Certificate) -> Iterator[Origin]:
    """What it makes with PKIs of its own, some in the name of the true authorities.

    Args:
        root: the true root certificate.
        issuing: the true certificate of the Issuing OCA.
    """
    for number in OWN_ROOTS:
        own = own_root(number)
        leaves, path = under(IssuingKey.of(own, own_key(f"root {number}")), f"{number}")
        for name in (ADVERSARY, SECOND_NAME):
            yield Origin(f"own PKI {number}", partial(_named, leaves, name), path, is_own=True)
        false_link = link(IssuingKey.of(root, own_key(f"root {number}")), number)
        yield Origin(
            f"own root {number}",
            leaves,
            (*path, false_link),
            root=own.octets,
            is_own=True,
            own_root=number,
        )
    leaves, path = under(IssuingKey.of(root, own_key("impostor")), "impostor")
    yield Origin("in the root's name", leaves, path, is_own=True)
    impostor = IssuingKey.of(issuing, own_key("impostor"))
    yield Origin(
        "in the issuer's name",
        lambda cell, owner: leaf(impostor, cell.key_usage, owner),
        (issuing.octets,),
        is_own=True,
    )


def under(issuer: IssuingKey, label: str) -> tuple[Leaves, tuple[bytes, ...]]:
    """Leaves in their present owners' names under an Issuing OCA of the adversary's own."""
    issuing = own_issuing(issuer, label)
    below = IssuingKey.of(issuing, own_key(f"issuing {label}"))
    return lambda cell, owner: leaf(below, cell.key_usage, owner), (issuing.octets,)


def _named(leaves: Leaves, name: EntityId, cell: TrustAnchorCellId, _: EntityId) -> bytes:
    return leaves(cell, name)


def _other(usage: KeyUsage) -> KeyUsage:
    is_signing = usage is KeyUsage.DIGITAL_SIGNATURE
    return KeyUsage.KEY_AGREEMENT if is_signing else KeyUsage.DIGITAL_SIGNATURE
