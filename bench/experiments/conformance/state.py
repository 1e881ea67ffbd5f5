"""The state that a Device must have been in, read off one command and the answers to it.

Existing identifiers in the answers name what the cells held; the authorising cell belongs to
the command's originator; counters are 0 unless an answer shows one; the clock is the
response's own stamp. Nothing depends on which message it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from firmware_sim.bench.experiments.conformance.answers import (
    NO_STAMP,
    CellIdentity,
    StateError,
    asking_cell,
    authorising_cell,
    carried_certificates,
    clock_of,
    named_authority,
    shown_cells,
    shown_counters,
)
from firmware_sim.bench.experiments.conformance.device_types import DeviceTypes
from firmware_sim.bench.experiments.conformance.own_credentials import (
    OwnCredentials,
    own_credentials,
)
from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.payloads import read_payload
from firmware_sim.bench.experiments.conformance.protections import mac_secrets
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.experiments.conformance.use_state import UseState, use_state
from firmware_sim.bench.experiments.conformance.used_tokens import signing_key
from firmware_sim.bench.smki.published import Issuer
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.activation import ActivationAlert
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.protection import mac_is_valid, signature_is_valid
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    DeviceType,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.use_cases import CS01A, CS01B
from firmware_sim.gbcs.uses import USES
from firmware_sim.machine.faults import Fault
from firmware_sim.machine.meter.top_up import PREPAYMENT_CELL
from firmware_sim.machine.ports import ClockReading, ClockReliability


@dataclass(frozen=True, slots=True)
class ImpliedState:
    """What to provision.

    Attributes:
        root: issuer whose public key the root cell holds.
        cells: certificate (DER) by cell, without the root cell.
        authorising: the cell whose key must have protected the command.
        counters: Originator Counter held for a role.
        own_counter: the last counter that the device itself used.
        clock: what the device's clock shows.
        later: what it shows when the alert is sent; None if there is no alert.
        own: the device's own key pairs, certificates and faults, where the pair is about them.
        use: its balance, firmware and registers, where the pair is about those.
    """

    entity: EntityId
    device_type: DeviceType
    root: Issuer
    cells: Mapping[TrustAnchorCellId, bytes]
    authorising: TrustAnchorCellId
    counters: Mapping[RemotePartyRole, int] = field(default_factory=dict)
    own_counter: int = 0
    clock: ClockReading = NO_STAMP
    later: ClockReading | None = None
    own: OwnCredentials = field(default_factory=OwnCredentials)
    use: UseState | None = None

    @property
    def faults(self) -> frozenset[Fault]:
        """Operations that fail."""
        return self.own.faults | (self.use.faults if self.use else frozenset())

    def given(self) -> list[str]:
        """What the device was given that its answer then shows again, in words."""
        return self.own.from_answer() + list(self.use.given if self.use else ())


class StateReader:
    """Reads start states off pairs, with the keys published beside them.

    The policy decides which cell authorises where no command names one.
    """

    def __init__(
        self, keys: PublishedKeys, types: DeviceTypes, suite: CryptoSuite, policy: Policy
    ) -> None:
        self._keys = keys
        self._types = types
        self._suite = suite
        self._policy = policy

    def state(self, pair: Pair) -> ImpliedState:
        """The start state of one pair.

        Raises:
            StateError: a certificate, key or clock status that it needs is not known.
            RemoteError: a payload does not decode.
        """
        answers = [read_payload(message) for message in (pair.response, pair.alert) if message]
        shown = [identity for answer in answers for identity in shown_cells(answer)]
        cells = {
            identity.cell: self._certificate(identity, pair.command)
            for identity in shown
            if identity.cell != ROOT_CELL
        }
        named = named_authority(pair.command)
        must_hold = {*cells, named} if named else {*cells}
        device_type = self._types.of(pair.command.target, must_hold)
        if pair.command.code in USES:
            authorising = asking_cell(pair.command, self._keys)
            self._add_prepayment(cells, pair.command)
        else:
            authorising = authorising_cell(pair.command, device_type, self._policy)
        self._add_authority(cells, pair.command, authorising)
        alert = next((answer for answer in answers if isinstance(answer, _ALERTS)), None)
        clock = clock_of(pair.response)
        return ImpliedState(
            entity=pair.command.target,
            device_type=device_type,
            root=self._root(shown, pair.command),
            cells=cells,
            authorising=authorising,
            counters=shown_counters(answers),
            own_counter=pair.alert.counter - 1 if pair.alert else 0,
            clock=clock,
            later=_clock_when_due(clock, alert) if alert else None,
            own=own_credentials(pair),
            use=use_state(pair, self._keys, self._suite),
        )

    def _add_prepayment(self, cells: dict[TrustAnchorCellId, bytes], command: Message) -> None:
        if command.code in (CS01A, CS01B):
            key = signing_key(command, self._keys, self._suite)
            if key is not None:
                cells[PREPAYMENT_CELL] = key.certificate.octets

    def _certificate(self, identity: CellIdentity, command: Message) -> bytes:
        key = self._keys.identified(identity.unique_id, identity.key_identifier)
        if key is not None:
            return key.certificate.octets
        for certificate in carried_certificates(command):
            if identity.is_of(certificate):
                return certificate.octets
        raise StateError(f"the certificate in {identity} is not published")

    def _root(self, shown: Sequence[CellIdentity], command: Message) -> Issuer:
        """The root that an answer names, else the issuer of the path, else any: none matters."""
        roots = {root.key_identifier: root for root in self._keys.roots()}
        named = [identity.key_identifier for identity in shown if identity.cell == ROOT_CELL]
        if not named:
            path = carried_certificates(command)
            named = [bytes(item.authority_key_identifier or b"") for item in path if item.is_ca]
            named += roots
        root = next((roots[name] for name in named if name in roots), None)
        if root is None:
            raise StateError("the public key of the root is not published")
        return root

    def _add_authority(
        self,
        cells: dict[TrustAnchorCellId, bytes],
        command: Message,
        authorising: TrustAnchorCellId,
    ) -> None:
        if command.mac is not None and ACB_KEY_AGREEMENT not in cells:
            cells[ACB_KEY_AGREEMENT] = self._broker(command)
        if authorising not in cells:
            cells[authorising] = self._authority(command, authorising)

    def _authority(self, command: Message, cell: TrustAnchorCellId) -> bytes:
        if cell == ROOT_CELL:
            raise StateError("the wrapped contingency key of the root is not published")
        for key in self._keys.of(command.originator, cell.key_usage):
            public_key = key.certificate.public_key
            if not command.signature or signature_is_valid(command, public_key, self._suite):
                return key.certificate.octets
        raise StateError(f"no published key of {command.originator} authorises the command")

    def _broker(self, command: Message) -> bytes:
        """The Access Control Broker's certificate whose key gives the command's MAC."""
        for broker, secret in mac_secrets(command, self._keys, self._suite):
            if mac_is_valid(command, secret, self._suite):
                return broker.certificate.octets
        raise StateError("no published key of an Access Control Broker gives the MAC")


_ALERTS = (UpdateAlert, ActivationAlert)


def _clock_when_due(clock: ClockReading, alert: UpdateAlert | ActivationAlert) -> ClockReading:
    """The clock at the execution, which no message shows.

    A Device that carries out what is due knows more of the time than nothing, even if it knew
    nothing when it stored the command.
    """
    reliability = clock.reliability
    if reliability is ClockReliability.INVALID:
        reliability = ClockReliability.UNRELIABLE
    return ClockReading(alert.execution, reliability)
