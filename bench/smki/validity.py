"""From when to when single certificates of the drill PKI are valid, if not as all others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from firmware_sim.gbcs.certificate_build import CertificateRequest
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.roles import TrustAnchorCellId


class CertificateName(NamedTuple):
    """One certificate of the PKI, by what it is for.

    Attributes:
        what: the kind of an authority, or the cell that a party's certificate fills.
        issuer: generation of the authority above it: of a root itself, or, in a link certificate,
            of the root that vouches for it.
        organisation: whose it is; empty for the first one in its role, and for the DCC.
    """

    what: CertificateKind | TrustAnchorCellId
    generation: int = 1
    issuer: int = 1
    organisation: str = ""


class Period(NamedTuple):
    """The first and the last second, aware and in UTC; None leaves what all others have."""

    first: datetime | None = None
    last: datetime | None = None

    def put(self, content: CertificateRequest) -> CertificateRequest:
        """The same content, with these bounds."""
        return replace(
            content,
            not_before=self.first or content.not_before,
            not_after=self.last or content.not_after,
        )


AS_ALL_OTHERS: Final = Period()

Periods = Callable[[CertificateName], Period]
"""The period of each certificate, whenever it is made."""


def as_all_others(_name: CertificateName) -> Period:
    """No certificate has a period of its own."""
    return AS_ALL_OTHERS
