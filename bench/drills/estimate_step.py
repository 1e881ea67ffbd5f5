"""`estimate`: what other algorithms would cost devices, link and flash. Nothing is installed."""

from typing import Annotated, Literal

from pydantic import Field

from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.drills.story_terms import OneLine, Strict, Type
from firmware_sim.gbcs.block_transfer import MAX_DATA_OCTETS, MIN_DATA_OCTETS

_Octets = Annotated[int, Field(strict=True, ge=1, le=1 << 16)]


class _SchemeTerm(Strict):
    """What both schemes of an algorithm say."""

    standard: OneLine
    """Where the sizes come from."""
    public_key: Annotated[_Octets, Field(alias="public key")]
    """Octets of a public key."""
    private_key: Annotated[_Octets, Field(alias="private key")]
    """Octets of a private key, as a device would store it."""


class SignatureTerm(_SchemeTerm):
    """A signature scheme: of parties, devices and authorities."""

    signature: _Octets
    """Octets of a signature in a message."""
    in_certificates: Annotated[_Octets | None, Field(alias="in certificates")] = None
    """Octets of a signature in a certificate, where that is encoded otherwise."""


class AgreementTerm(_SchemeTerm):
    """Key agreement, or a key encapsulation in its place."""

    per_message: Annotated[int, Field(strict=True, ge=0, le=1 << 16, alias="per message")] = 0
    """Octets that each message with a MAC carries besides: a ciphertext of an encapsulation."""


class AlgorithmTerm(Strict):
    """Algorithms that would take the place of today's."""

    name: OneLine
    """What the report calls them."""
    signature: SignatureTerm
    """In place of ECDSA with P-256."""
    agreement: AgreementTerm
    """In place of ECDH with P-256."""


class LinkRateTerm(Strict):
    """A link, for the time that a command takes."""

    name: OneLine
    """What the report calls it."""
    bits_per_second: Annotated[int, Field(strict=True, ge=1, le=10**9, alias="bits per second")]
    """What it is assumed to carry; nothing else is on it, and nothing is lost."""


class EstimateStep(StoryStep):
    """What certificates and commands of other sizes would cost; no device is asked anything."""

    do: Literal["estimate"]
    algorithms: Annotated[tuple[AlgorithmTerm, ...], Field(min_length=1, max_length=16)]
    """What is compared with today's algorithms."""
    block: Annotated[int, Field(strict=True, ge=MIN_DATA_OCTETS, le=MAX_DATA_OCTETS)]
    """Octets of a message in one block of a General Block Transfer."""
    links: Annotated[tuple[LinkRateTerm, ...], Field(min_length=1, max_length=4)]
    """Over which the command would travel."""
    devices: tuple[Type, ...] = ()
    """Only of these types; none for all."""
