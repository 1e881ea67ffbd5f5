"""Where an adversary's certificates come from: whose trust they claim, which keys that takes."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from firmware_sim.bench.adversary.forged_certificates import leaf, link, own_key, own_root
from firmware_sim.bench.adversary.origins import (
    ENROLLED as ENROLLED,
)
from firmware_sim.bench.adversary.origins import (
    OWN_ROOTS as OWN_ROOTS,
)
from firmware_sim.bench.adversary.origins import (
    Origin as Origin,
)
from firmware_sim.bench.adversary.origins import (
    issued_to_it,
    self_made,
    under,
)
from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.experiments.attack.setup import authority_key, pki
from firmware_sim.bench.experiments.attack.stolen_keys import ISSUING_KEY, ROOT_KEY
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.bench.smki.parameters import PARTY_CELLS
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.roles import TrustAnchorCellId

PUBLISHED = "published"


@cache
def origins() -> tuple[Origin, ...]:
    """Every origin that an adversary may try, with the keys that some of them take."""
    return (
        *_issued_by_smki(),
        *self_made(pki().root(), pki().issuing()),
        *_with_a_stolen_authority(),
    )


def _issued_by_smki() -> Iterator[Origin]:
    issuing = pki().issuing()
    first = (issuing.octets,)
    issuer = IssuingKey.of(issuing, authority_key(ISSUING_KEY))
    yield Origin(PUBLISHED, lambda cell, _: _of_another(cell), first)
    yield Origin("successor", lambda cell, _: _certificate(cell, 2, 1), first)
    yield from issued_to_it(issuing, issuer, START - timedelta(days=1))
    yield Origin(
        "next root",
        lambda cell, _: _certificate(cell, 2, 2),
        (pki().issuing(2).octets, pki().root_link().octets),
        root=pki().root(2).octets,
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
    leaves, path = under(issuer, "below issuer")
    yield Origin(
        "authority below issuer", leaves, (*path, issuing.octets), is_own=True, needs=ISSUING_KEY
    )
    leaves, path = under(root, "below root")
    yield Origin("forged by root", leaves, path, is_own=True, needs=ROOT_KEY)
    yield from _own_roots_linked(issuer, root)


def _own_roots_linked(issuer: IssuingKey, root: IssuingKey) -> Iterator[Origin]:
    """Roots of the adversary's own, for which an authority's stolen key vouches."""
    issuing = pki().issuing()
    for number in OWN_ROOTS:
        for name, signer, needs in (("issuer", issuer, ISSUING_KEY), ("root", root, ROOT_KEY)):
            certificate = own_root(number)
            leaves, path = under(IssuingKey.of(certificate, own_key(f"root {number}")), f"{number}")
            yield Origin(
                f"own root {number} linked by {name}",
                leaves,
                (*path, link(signer, number), issuing.octets),
                root=certificate.octets,
                is_own=True,
                own_root=number,
                needs=needs,
            )


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
