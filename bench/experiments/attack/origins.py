"""Where an adversary's certificates come from: whose trust they claim, which keys that takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial

from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.experiments.attack.forged_certificates import (
    ADVERSARY,
    SECOND_NAME,
    leaf,
    link,
    own_issuing,
    own_key,
    own_root,
)
from firmware_sim.bench.experiments.attack.setup import authority_key, pki
from firmware_sim.bench.experiments.attack.stolen_keys import ISSUING_KEY, ROOT_KEY
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, TrustAnchorCellId

Leaves = Callable[[TrustAnchorCellId, EntityId], bytes]
"""The certificate for a cell, by the cell and its present owner."""

OWN_ROOTS = (1, 2)


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


PUBLISHED, ENROLLED = "published", "enrolled"


@cache
def origins() -> tuple[Origin, ...]:
    """Every origin that an adversary may try, with the keys that some of them take."""
    return (*_issued_by_smki(), *_self_made(), *_with_a_stolen_authority())


def _issued_by_smki() -> Iterator[Origin]:
    issuing = pki().issuing()
    first = (issuing.octets,)
    issuer = IssuingKey.of(issuing, authority_key(ISSUING_KEY))
    yield Origin(PUBLISHED, lambda cell, _: _of_another(cell), first)
    yield Origin("successor", lambda cell, _: _certificate(cell, 2, 1), first)
    yield Origin(ENROLLED, lambda cell, _: leaf(issuer, cell.key_usage), first, is_own=True)
    yield Origin(
        "wrong usage", lambda cell, _: leaf(issuer, _other(cell.key_usage)), first, is_own=True
    )
    ended = START - timedelta(days=1)
    yield Origin(
        "expired",
        lambda cell, _: leaf(issuer, cell.key_usage, not_after=ended),
        first,
        is_own=True,
        in_period=False,
    )
    yield Origin(
        "next root",
        lambda cell, _: _certificate(cell, 2, 2),
        (pki().issuing(2).octets, pki().root_link().octets),
        root=pki().root(2).octets,
    )


def _self_made() -> Iterator[Origin]:
    for number in OWN_ROOTS:
        root = own_root(number)
        leaves, path = _under(IssuingKey.of(root, own_key(f"root {number}")), f"{number}")
        for name in (ADVERSARY, SECOND_NAME):
            yield Origin(f"own PKI {number}", partial(_named, leaves, name), path, is_own=True)
        false_link = link(IssuingKey.of(pki().root(), own_key(f"root {number}")), number)
        yield Origin(
            f"own root {number}",
            leaves,
            (*path, false_link),
            root=root.octets,
            is_own=True,
            own_root=number,
        )
    leaves, path = _under(IssuingKey.of(pki().root(), own_key("impostor")), "impostor")
    yield Origin("in the root's name", leaves, path, is_own=True)
    issuing = pki().issuing()
    impostor = IssuingKey.of(issuing, own_key("impostor"))
    yield Origin(
        "in the issuer's name",
        lambda cell, owner: leaf(impostor, cell.key_usage, owner),
        (issuing.octets,),
        is_own=True,
    )


def _with_a_stolen_authority() -> Iterator[Origin]:
    issuing = pki().issuing()
    issuer = IssuingKey.of(issuing, authority_key(ISSUING_KEY))
    root = IssuingKey.of(pki().root(), authority_key(ROOT_KEY))
    yield Origin(
        "forged by issuer",
        lambda cell, owner: leaf(issuer, cell.key_usage, owner),
        (issuing.octets,),
        is_own=True,
        needs=ISSUING_KEY,
    )
    leaves, path = _under(issuer, "below issuer")
    yield Origin(
        "authority below issuer", leaves, (*path, issuing.octets), is_own=True, needs=ISSUING_KEY
    )
    leaves, path = _under(root, "below root")
    yield Origin("forged by root", leaves, path, is_own=True, needs=ROOT_KEY)
    yield from _own_roots_linked(issuer, root)


def _own_roots_linked(issuer: IssuingKey, root: IssuingKey) -> Iterator[Origin]:
    """Roots of the adversary's own, for which an authority's stolen key vouches."""
    issuing = pki().issuing()
    for number in OWN_ROOTS:
        for name, signer, needs in (("issuer", issuer, ISSUING_KEY), ("root", root, ROOT_KEY)):
            certificate = own_root(number)
            leaves, path = _under(
                IssuingKey.of(certificate, own_key(f"root {number}")), f"{number}"
            )
            yield Origin(
                f"own root {number} linked by {name}",
                leaves,
                (*path, link(signer, number), issuing.octets),
                root=certificate.octets,
                is_own=True,
                own_root=number,
                needs=needs,
            )


def _under(issuer: IssuingKey, label: str) -> tuple[Leaves, tuple[bytes, ...]]:
    """Leaves in their present owners' names under an Issuing OCA of the adversary's own."""
    issuing = own_issuing(issuer, label)
    below = IssuingKey.of(issuing, own_key(f"issuing {label}"))
    return lambda cell, owner: leaf(below, cell.key_usage, owner), (issuing.octets,)


def _named(leaves: Leaves, name: EntityId, cell: TrustAnchorCellId, _: EntityId) -> bytes:
    return leaves(cell, name)


def _of_another(cell: TrustAnchorCellId) -> bytes:
    """The certificate of some other party with the cell's key usage."""
    other = next(
        each
        for each in PARTY_CELLS
        if each.role is not cell.role and each.key_usage is cell.key_usage
    )
    return _certificate(other, 1, 1)


def _certificate(cell: TrustAnchorCellId, generation: int, under: int) -> bytes:
    held: Certificate = pki().cell_certificate(cell, generation, under)
    return held.octets


def _other(usage: KeyUsage) -> KeyUsage:
    is_signing = usage is KeyUsage.DIGITAL_SIGNATURE
    return KeyUsage.KEY_AGREEMENT if is_signing else KeyUsage.DIGITAL_SIGNATURE
