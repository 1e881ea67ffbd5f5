"""Commands for one device that could be accepted: by the parties whose keys its cells hold.

The author looks at a device of its own, to which everything that it writes has happened, so that
keys, counters and waiting commands are the present ones.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from firmware_sim.bench.commands.key_ring import Keyring
from firmware_sim.bench.commands.requests import Floors, floors_at
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.certificate_build import CertificateRequest, build_certificate
from firmware_sim.gbcs.certificate_profiles import UNDEFINED_EXPIRY, CertificateKind
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.distinguished_name import Name
from firmware_sim.gbcs.identifiers import CraFlag, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.device_certificates import CertificateCommand, KeyUsageQuery
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.payloads.update_credentials import Control, Replacement, UpdateCommand
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.protection import with_mac, with_signature
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    RULES_BY_CODE,
    ReplacementMode,
    ReplacementRule,
)
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    OWN_KEY_USAGES,
    ROOT_CELL,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS02A, CS02C, CS02D, CS02E, CS02F

_FIRST_COUNTER = 1_000_000
_ISSUES = ((1, 1), (2, 1), (2, 2))
"""Generations of a certificate's key and of the root above it."""

_NOWHERE = bytes(31) + b"\x01"
"""A key for whom nobody has one: the command will be refused."""


class Author:
    """Writes commands for one device.

    Args:
        device: the author's own; its clock is set by whoever sends.

    Attributes:
        suite: signs.
        issuer_keys: private keys of the Issuing OCAs.
    """

    def __init__(self, random: Random, pki: DrillPki, keyring: Keyring, device: Device) -> None:
        self._random = random
        self._pki = pki
        self._keyring = keyring
        self._device = device
        self.suite = P256Suite()
        self.issuer_keys = [
            key
            for issue in _ISSUES
            if (key := pki.authority(CertificateKind.ISSUING_OCA, *issue).private_key)
        ]
        self._counter = _FIRST_COUNTER

    @property
    def device(self) -> Device:
        """The author's own device."""
        return self._device

    def command(self) -> Message:
        """Any command, properly protected."""
        kinds = (self._read, self._update, self._update, self._update, self._own)
        return self._random.choice(kinds)()

    def protected(self, message: Message) -> Message:
        """The message with signature and MAC made anew by those whose they are."""
        if message.signature:
            message = with_signature(message, self._signing_key(message), self.suite)
        return message if message.mac is None else with_mac(message, self._secret(), self.suite)

    def next_counter(self) -> int:
        """An Originator Counter that no command of this author had."""
        self._counter += self._random.choice((1, 1, 1, 7, 1000))
        return self._counter

    def _read(self) -> Message:
        held = sorted(self._device.machine.state.cells, key=str)
        signers = [cell for cell in held if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE]
        asking = self._random.choice((ACB_KEY_AGREEMENT, *signers))
        roles = tuple(self._random.sample(list(RemotePartyRole), self._random.randint(1, 5)))
        code = self._random.choice((CS02A, CS02A, CS02A, CS02F))
        by_broker = asking == ACB_KEY_AGREEMENT
        return self._new(
            asking.role, code, CredentialsQuery(asking, roles).encode(), not by_broker, by_broker
        )

    def _own(self) -> Message:
        usage, code = (
            self._random.choice(OWN_KEY_USAGES),
            self._random.choice((CS02C, CS02D, CS02E)),
        )
        payload = KeyUsageQuery.of(usage).encode()
        if code == CS02D:
            payload = CertificateCommand(self._certificate_for(usage)).encode()
        role = certificate_authority(self._device.device_type, Policy()).role
        return self._new(role, code, payload, True, True)

    def _certificate_for(self, usage: KeyUsage) -> bytes:
        """For the key that waits, or for any other if none does."""
        waiting = self._device.machine.state.pending_keys.get(usage)
        held = self._device.machine.state.keys[usage]
        issuer, parameters = self._pki.authority(CertificateKind.ISSUING_DCA), Parameters()
        request = CertificateRequest(
            serial=self._random.randint(1, 1 << 60),
            issuer=issuer.certificate.subject,
            subject=Name.build(()),
            not_before=parameters.not_before,
            not_after=UNDEFINED_EXPIRY,
            public_key=(waiting or held).public_key,
            key_usages=frozenset({usage.value}),
            policies=(parameters.device_policy,),
            authority_key_identifier=issuer.certificate.key_identifier,
            device_entity_id=self._device.entity_id,
            hardware_type=parameters.hardware_type,
        )
        return build_certificate(request, issuer.private_key or _NOWHERE, self.suite)

    def _update(self) -> Message:
        mode = self._random.choice(tuple(self._modes()))
        rule = REPLACEMENT_RULES[mode]
        cells = self._targets(rule)
        generation, under = self._random.choice(_ISSUES)
        counter = self.next_counter()
        device_type = self._device.device_type
        by_contingency = mode is ReplacementMode.ANY_BY_CONTINGENCY
        floors = self._floors(rule, cells)
        control = Control(
            mode=mode,
            counter=counter,
            authorising_cell=rule.authorising_cell(device_type)
            if rule.is_signed(device_type)
            else None,
            floor=floors.authorising,
            specialist_floors=floors.specialist,
            other_changes=floors.others,
            time_checks=self._random.random() < 0.5,
            symmetric_key=self._symmetric_key() if by_contingency else None,
        )
        command = UpdateCommand(
            control,
            tuple(self._replacement(cell, generation, under) for cell in cells),
            self._path(),
            self._execution(),
        )
        signed = rule.is_signed(device_type)
        role = rule.authorising_role
        return self._new(role, rule.code, command.encode(), signed, rule.maced, counter)

    def _symmetric_key(self) -> bytes:
        if self._random.random() < 0.2:
            return self._random.randbytes(16)
        return self._keyring.contingency(self._device.machine.state.root)[1]

    def _modes(self) -> list[ReplacementMode]:
        """Mostly the modes that the device has a cell for."""
        if self._random.random() < 0.1:
            return list(ReplacementMode)
        device_type, held = self._device.device_type, self._device.machine.state.cells
        return [
            mode
            for mode, rule in REPLACEMENT_RULES.items()
            if rule.authorising_cell(device_type) in held
        ]

    def _targets(self, rule: ReplacementRule) -> list[TrustAnchorCellId]:
        held = sorted(self._device.machine.state.cells, key=str)
        covered = [cell for cell in held if rule.may_replace(cell)]
        choice = covered if covered and self._random.random() < 0.9 else held
        chosen = self._random.sample(choice, self._random.randint(1, len(choice)))
        abnormal = rule.mode is ReplacementMode.ANY_BY_CONTINGENCY
        if abnormal and ROOT_CELL not in chosen and self._random.random() < 0.9:
            chosen.append(ROOT_CELL)
        return chosen

    def _replacement(self, cell: TrustAnchorCellId, generation: int, under: int) -> Replacement:
        if self._random.random() < 0.1:
            generation, under = self._random.choice(_ISSUES)
        source = cell
        if self._random.random() < 0.05:
            source = self._random.choice(sorted(self._device.machine.state.cells, key=str))
        if source == ROOT_CELL:
            under = generation
        return Replacement(self._pki.cell_certificate(source, generation, under).octets, cell)

    def _path(self) -> tuple[bytes, ...]:
        every = [self._pki.issuing(*issue).octets for issue in _ISSUES]
        every.append(self._pki.root_link().octets)
        if self._random.random() < 0.2:
            return tuple(self._random.sample(every, self._random.randint(0, len(every))))
        return tuple(every)

    def _floors(self, rule: ReplacementRule, cells: list[TrustAnchorCellId]) -> Floors:
        choice = self._random.random()
        if choice < 0.4:
            return Floors()
        value = self._random.choice((0, 1, self._counter, self._counter + 500))
        floors = floors_at(value, authorising=rule.authorising_role, cells=cells)
        return floors if choice < 0.9 else floors._replace(authorising=None)

    def _execution(self) -> datetime | None:
        choice = self._random.random()
        if choice < 0.75:
            return None
        if choice < 0.8:
            return NEVER
        now = self._device.machine.context.clock.now().time
        return now + timedelta(minutes=self._random.randint(-5, 60))

    def _new(
        self,
        role: RemotePartyRole,
        code: MessageCode,
        payload: bytes,
        signed: bool,
        maced: bool,
        counter: int | None = None,
    ) -> Message:
        cells = self._device.machine.state.cells
        cell = next((held for name, held in cells.items() if name.role is role), None)
        message = Message(
            CraFlag.COMMAND,
            self.next_counter() if counter is None else counter,
            self._keyring.owner(role, cell),
            self._device.entity_id,
            code,
            payload,
            signature=bytes(64) if signed else b"",
            mac=bytes(12) if maced else None,
        )
        return self.protected(message)

    def _signing_key(self, message: Message) -> bytes:
        rule = RULES_BY_CODE.get(message.code)
        state = self._device.machine.state
        if rule is not None and rule.mode is ReplacementMode.ANY_BY_CONTINGENCY:
            return self._keyring.contingency(state.root)[0]
        owned = [
            cell
            for cell in state.cells.values()
            if cell.unique_id == message.originator
            and cell.cell.key_usage is KeyUsage.DIGITAL_SIGNATURE
        ]
        return (self._keyring.of_cell(owned[0]) if owned else None) or _NOWHERE

    def _secret(self) -> bytes:
        state = self._device.machine.state
        key = self._keyring.of_cell(state.cells[ACB_KEY_AGREEMENT]) or _NOWHERE
        return self.suite.agree(key, state.keys[KeyUsage.KEY_AGREEMENT].public_key)


def with_other(message: Message, **fields: object) -> Message:
    """`dataclasses.replace`, for fields that are chosen at run time."""
    return replace(message, **fields)  # type: ignore[arg-type]
