"""Steps about a supplier that fails: its keys exist, and its customers must stay on supply.

MP134A lets the SMKI PMA delay the revocation of its certificates, and MP185 the transfer of its
identifiers. Until then a shared resource provider acts with its keys.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.drills.story_terms import OneLine, Slug, Type


class Delayed(StrEnum):
    """What the SMKI PMA may have wait when a supplier has failed."""

    REVOCATION = "revocation"
    TRANSFER = "transfer"


Came = Literal["done", "refused"]

_Delays = Annotated[tuple[Delayed, ...], Field(min_length=1)]


class _FailureStep(StoryStep):
    """What every step about a failed supplier says."""

    party: Slug
    """The supplier that has failed."""


class SupplierFailsStep(_FailureStep):
    """A supplier fails: nobody runs its systems from now on, and its keys still exist."""

    do: Literal["supplier fails"]
    how: OneLine
    """What has happened."""


class DelayStep(_FailureStep):
    """The SMKI PMA has revocation or transfer wait (MP134A, MP185); a meeting decides it."""

    do: Literal["delay"]
    delays: _Delays
    """What has to wait: `revocation` of its certificates, `transfer` of its identifiers."""
    why: OneLine
    """The reason."""
    expect: Came = "done"
    """Whether the meeting can decide it."""


class EndDelayStep(_FailureStep):
    """The SMKI PMA lets go on what it had wait; a meeting decides it."""

    do: Literal["end delay"]
    delays: _Delays
    """What need not wait any more."""
    why: OneLine
    """The reason."""
    expect: Came = "done"
    """Whether the meeting can decide it."""


class StandInStep(_FailureStep):
    """A shared resource provider runs the failed supplier's systems, with its keys (MP134A)."""

    do: Literal["stand in"]
    provider: Slug
    """A label for it; it has no keys of its own in the story."""
    expect: Came = "done"
    """Whether it can: it cannot while nothing keeps the certificates from being revoked."""


class TransferStep(_FailureStep):
    """The identifiers of supplies go to another supplier, who is registered from then on."""

    do: Literal["transfer identifiers"]
    to: Slug
    """The supplier who takes them over."""
    devices: tuple[Type, ...] = ()
    """Only of devices of these types; none for all."""
    expect: Came = "done"
    """Whether they go: they do not while the SMKI PMA has the transfer wait (MP185)."""


class RevokeStep(_FailureStep):
    """The Issuing Authority revokes the failed supplier's certificates; no device is told."""

    do: Literal["revoke"]
    expect: Came = "done"
    """Whether it does: it does not while the SMKI PMA has the revocation wait (MP134A)."""


FailureStep = SupplierFailsStep | DelayStep | EndDelayStep | StandInStep | TransferStep | RevokeStep
