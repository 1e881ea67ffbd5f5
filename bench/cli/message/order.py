"""What ``message build`` is asked for: a small YAML or JSON file, strict in every key."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from firmware_sim.bench.cli.choices import DEVICE_TYPES, parse_device_type
from firmware_sim.bench.drills.selection import CellSelector
from firmware_sim.bench.drills.story_terms import Generation, Instant, Mode, Role
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.files.strict_yaml import read_model, read_text
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER
from firmware_sim.gbcs.roles import (
    OWN_KEY_USAGES,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)

_USAGES = {usage.label: usage for usage in OWN_KEY_USAGES}


def _device_type(value: object) -> DeviceType:
    try:
        return parse_device_type(str(value))
    except UsageError:
        raise ValueError(f"{value!r} is none of {', '.join(DEVICE_TYPES)}") from None


def _entity(value: object) -> EntityId:
    # A number has lost its leading zeros, so it is not guessed at.
    if not isinstance(value, str):
        raise ValueError("an Entity Identifier stands in quotation marks")  # noqa: TRY004
    try:
        return EntityId.parse(value)
    except LocalError as error:
        raise ValueError(error.reason) from None


def _usage(value: object) -> KeyUsage:
    if value not in _USAGES:
        raise ValueError(f"{value!r} is none of {', '.join(_USAGES)}")
    return _USAGES[str(value)]


def _cell(value: object) -> TrustAnchorCellId:
    return TrustAnchorCellId.parse(str(value))


Cell = Annotated[TrustAnchorCellId, BeforeValidator(_cell)]
OwnUsage = Annotated[KeyUsage, BeforeValidator(_usage)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Addressee(_Strict):
    """The device that the command is for."""

    type: Annotated[DeviceType, BeforeValidator(_device_type)]
    entity: Annotated[EntityId, BeforeValidator(_entity)]


class _Order(_Strict):
    device: Addressee
    credentials: Generation = 1
    """Generation of the sender's keys."""
    broker: Generation = 1
    """Generation of the Access Control Broker's keys, for the MAC."""
    counter: Annotated[int, Field(ge=0, le=MAX_SEQ_NUMBER)] | None = None
    """Originator Counter; none for the time in milliseconds."""


class QueryOrder(_Order):
    """Which credentials does the device hold?"""

    use_case: Literal["CS02a", "CS02f"]
    by: Role = RemotePartyRole.ACCESS_CONTROL_BROKER
    roles: tuple[Role, ...] = ()
    """None for all that the device has cells for."""


class UpdateOrder(_Order):
    """Replace credentials; the mode says who sends it."""

    use_case: Literal["CS02b"]
    mode: Mode
    cells: tuple[CellSelector, ...] = ()
    """Cells to fill with the PKI's certificates of generation `install`."""
    install: Generation = 2
    certificates: dict[Cell, Path] = Field(default_factory=dict)
    """Certificates from files, by cell."""
    path: tuple[Path, ...] = ()
    """Certificates between those and the root; none for the PKI's own."""
    floors: Literal["none", "zero", "now"] = "none"
    time_checks: bool = True
    execution: Instant | Literal["never"] | None = None
    """When; ``never`` cancels what waits; none for at once."""


class OwnKeyOrder(_Order):
    """Make a key pair and a request for it (CS02c), or show the certificate (CS02e)."""

    use_case: Literal["CS02c", "CS02e"]
    by: Role = RemotePartyRole.SUPPLIER
    key_usage: OwnUsage


class OwnCertificateOrder(_Order):
    """Install a certificate of the device's own."""

    use_case: Literal["CS02d"]
    by: Role = RemotePartyRole.SUPPLIER
    certificate: Path


Order = QueryOrder | UpdateOrder | OwnKeyOrder | OwnCertificateOrder


class _File(RootModel[Annotated[Order, Field(discriminator="use_case")]]):
    pass


def read_order(path: Path) -> Order:
    """The order in a file.

    Raises:
        UsageError: it cannot be read or is no order; says in which line and field.
    """
    return read_model(
        read_text(path, "message description"), str(path), _File, page("messages")
    ).root
