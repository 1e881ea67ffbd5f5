"""Commands for one device that could be accepted: by the parties whose keys its cells hold.

The generator looks at a device of its own, to which every step of the trial has happened, so that
keys, counters and waiting commands are the present ones.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from firmware_sim.bench.commands.compose import Content, Header, addressed
from firmware_sim.bench.commands.key_ring import PkiKeys
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner, protected
from firmware_sim.bench.commands.requests import Floors, UpdateRequest, floors_at
from firmware_sim.bench.experiments.twin.use_commands import UseCommands
from firmware_sim.bench.smki.issuing import IssuingKey, device_request
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message, Supplementary
from firmware_sim.gbcs.payloads.floors import SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.policy import Policy
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
from firmware_sim.gbcs.utrn import COUNTER_STEP

_FIRST_COUNTER = 1_000_000
_ISSUES = ((1, 1), (2, 1), (2, 2))
"""Generations of a certificate's key and of the root above it."""

_UNKNOWN_KEY = bytes(31) + b"\x01"
"""Stands for a private key that the PKI does not have: the command will be refused."""


class CommandGenerator:
    """Writes commands for one device.

    Args:
        device: the generator's own; the caller sets its clock.

    Attributes:
        suite: signs.
        issuer_keys: private keys of the Issuing OCAs.
        uses: draws the uses of keys.
    """

    def __init__(self, random: Random, pki: DrillPki, keys: PkiKeys, device: Device) -> None:
        self._random = random
        self._pki = pki
        self._keys = keys
        self._device = device
        self.suite = P256Suite()
        self.issuer_keys = [
            key
            for issue in _ISSUES
            if (key := pki.authority(CertificateKind.ISSUING_OCA, *issue).private_key)
        ]
        self._counter = _FIRST_COUNTER
        self.uses = UseCommands(random, keys, device, self.next_counter)

    @property
    def device(self) -> Device:
        """The generator's own device."""
        return self._device

    def command(self) -> Message:
        """Any command, properly protected."""
        kinds = (self._read, self._update, self._update, self._update, self._own)
        return self._random.choice((*kinds, self._use, self._use, self._use))()

    def protected(self, message: Message) -> Message:
        """The message with signature and MAC, if it has them, made anew with the right keys."""
        return self._protected(message, bool(message.signature), message.mac is not None)

    def next_counter(self) -> int:
        """An Originator Counter that no command of this generator had."""
        self._counter += self._random.choice((1, 1, 1, 7, 1000))
        return self._counter

    def _read(self) -> Message:
        held = sorted(self._device.machine.state.cells, key=str)
        signers = [cell for cell in held if cell.key_usage is KeyUsage.DIGITAL_SIGNATURE]
        asking = self._random.choice((ACB_KEY_AGREEMENT, *signers))
        roles = tuple(self._random.sample(list(RemotePartyRole), self._random.randint(1, 5)))
        code = self._random.choice((CS02A, CS02A, CS02A, CS02F))
        return self._new(Content.reading(asking, roles, code), self.next_counter())

    def _use(self) -> Message:
        use = self.uses.command()
        if use is None:
            return self._read()
        return self._new(use.content, use.counter, use.supplementary)

    def _own(self) -> Message:
        usage = self._random.choice(OWN_KEY_USAGES)
        code = self._random.choice((CS02C, CS02D, CS02E))
        role = certificate_authority(self._device.device_type, Policy()).role
        if code == CS02D:
            content = Content.own_certificate(self._certificate_for(usage), role)
        else:
            content = Content.own_key(code, usage, role)
        return self._new(content, self.next_counter())

    def _certificate_for(self, usage: KeyUsage) -> bytes:
        """For the key that waits, or for any other if none does."""
        waiting = self._device.machine.state.pending_keys.get(usage)
        held = self._device.machine.state.keys[usage]
        authority = self._pki.authority(CertificateKind.ISSUING_DCA)
        issuer = IssuingKey.of(authority.certificate, authority.private_key or _UNKNOWN_KEY)
        request = device_request(
            issuer,
            self._device.entity_id,
            usage,
            public_key=(waiting or held).public_key,
            serial=self._random.randint(1, 1 << 60),
            parameters=Parameters(),
        )
        return issuer.issue(request, self.suite)

    def _update(self) -> Message:
        mode = self._random.choice(tuple(self._modes()))
        rule = REPLACEMENT_RULES[mode]
        cells = self._targets(rule)
        generation, under = self._random.choice(_ISSUES)
        counter = self.next_counter()
        # Every value is drawn in this order: another would be another stream from the same seed.
        floors = self._floors(rule, cells)
        time_checks = self._random.random() < 0.5
        symmetric_key = (
            self._symmetric_key() if mode is ReplacementMode.ANY_BY_CONTINGENCY else None
        )
        request = UpdateRequest(
            mode,
            tuple(self._replacement(cell, generation, under) for cell in cells),
            self._path(),
            floors,
            time_checks,
            self._execution(),
        )
        device_type = self._device.device_type
        return self._new(Content.update(request, device_type, counter, symmetric_key), counter)

    def _symmetric_key(self) -> bytes:
        if self._random.random() < 0.2:
            return self._random.randbytes(16)
        return self._keys.symmetric(self._root_generation())

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
        if floors.specialist is not None and choice < 0.7:
            floors = floors._replace(specialist=self._top_up_floor())
        return floors if choice < 0.9 else floors._replace(authorising=None)

    def _top_up_floor(self) -> tuple[SpecialistFloor, ...]:
        """Amid the counters of top-ups, which are far above all others."""
        floor = self._random.randint(1, 2000) * COUNTER_STEP
        return (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, floor),)

    def _execution(self) -> datetime | None:
        choice = self._random.random()
        if choice < 0.75:
            return None
        if choice < 0.8:
            return NEVER
        now = self._device.machine.context.clock.now().time
        return now + timedelta(minutes=self._random.randint(-5, 60))

    def _new(self, content: Content, counter: int, user: Supplementary | None = None) -> Message:
        header = Header(self._originator(content.sender), self._device.entity_id, counter)
        message = replace(addressed(content, header), supplementary=user)
        return self._protected(message, content.is_signed, content.is_maced)

    def _originator(self, role: RemotePartyRole) -> EntityId:
        """Whose commands the device takes for that role."""
        cells = self._device.machine.state.cells
        cell = next((held for name, held in cells.items() if name.role is role), None)
        if role is RemotePartyRole.ROOT or cell is None:
            return self._pki.contingency_entity_id
        return cell.unique_id

    def _protected(self, message: Message, is_signed: bool, is_maced: bool) -> Message:
        state = self._device.machine.state
        signer = KeySigner(self._signing_key(message), self.suite) if is_signed else None
        broker = None
        if is_maced:
            held = self._keys.matching(state.cells[ACB_KEY_AGREEMENT].public_key)
            broker = AgreementKey(held or _UNKNOWN_KEY, self.suite)
        agreement_key = state.keys[KeyUsage.KEY_AGREEMENT].public_key
        return protected(message, signer=signer, broker=broker, agreement_key=agreement_key)

    def _signing_key(self, message: Message) -> bytes:
        rule = RULES_BY_CODE.get(message.code)
        if rule is not None and rule.mode is ReplacementMode.ANY_BY_CONTINGENCY:
            return self._keys.signing(RemotePartyRole.ROOT, self._root_generation())
        owned = [
            cell
            for cell in self._device.machine.state.cells.values()
            if cell.unique_id == message.originator
            and cell.cell.key_usage is KeyUsage.DIGITAL_SIGNATURE
        ]
        return (self._keys.matching(owned[0].public_key) if owned else None) or _UNKNOWN_KEY

    def _root_generation(self) -> int:
        return self._keys.root_generation(self._device.machine.state.root.cell.public_key)
