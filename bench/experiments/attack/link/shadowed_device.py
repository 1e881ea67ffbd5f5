"""A device on the attacker's link, and its twin, which only ever hears honest commands, once each.

However the attacker acts, the two must hold the same credentials and have the same history.
"""

from typing import NamedTuple

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.responses import check_mac, check_signature, response_to
from firmware_sim.bench.experiments.attack.history import history_of
from firmware_sim.bench.experiments.attack.link.altering import equal_forms
from firmware_sim.bench.experiments.attack.link.honest import HonestParties
from firmware_sim.bench.experiments.attack.observing import difference, observe
from firmware_sim.bench.experiments.attack.position import Position
from firmware_sim.bench.experiments.attack.setup import (
    SUITE,
    TARGETS,
    new_device,
    pki,
    surroundings,
)
from firmware_sim.bench.experiments.attack.stolen_keys import StolenKeys
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, KeyUsage
from firmware_sim.gbcs.use_cases import CS02A
from firmware_sim.machine.flash.cut import CutPlan, PowerCut
from firmware_sim.machine.image.codec import decode
from firmware_sim.machine.image.records import LogEvent, RecordKind
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.store import open_image


class LinkViolation(Exception):
    """Something happened that must not; the text says what."""


class HonestCommand(NamedTuple):
    """An honest command, and the 32-octet secret that its party checks a MAC with."""

    octets: bytes
    secret: bytes


class ShadowedDevice:
    """A device, its twin and the honest parties of both.

    Attributes:
        said: what honest parties have said so far; the first have been obeyed long ago.
        answers: for each command that was obeyed, what the device answered.
        heard: everything that the device sent.
        obeyed: how many commands were, since the attacker came.
    """

    def __init__(self, target: str, *, careless: bool) -> None:
        before = history_of(target)
        kind = TARGETS[target]
        flash = new_device(kind).flash
        self.twin = Position(kind, before.start, flash, StolenKeys())
        self.parties = HonestParties(self.twin, careless)
        self.flash = new_device(kind).flash
        self.flash.restore(before.start)
        self.device = surroundings(kind, self.twin.clock).powered(self.flash)
        self.said = [HonestCommand(octets, bytes(32)) for octets in before.recorded]
        self.answers: list[tuple[HonestCommand, bytes]] = []
        self.heard: list[bytes] = []
        self.obeyed = 0
        self._forms: dict[bytes, bytes] = {}
        self._done: set[bytes] = set()
        self._held = observe(self.device.image())

    def say(self, number: int) -> None:
        """An honest party says something, which reaches the attacker first."""
        octets = self.parties.command(number)
        if not octets:
            return
        key = self.twin.capabilities.key_of(self.twin.held, ACB_KEY_AGREEMENT)
        secret = SUITE.agree(key or b"", self.twin.capabilities.agreement_point)
        self.said.append(HonestCommand(octets, secret))
        self._forms |= dict.fromkeys(equal_forms(octets), octets)

    def deliver(self, octets: bytes, plan: CutPlan | None = None) -> bool:
        """Capabilities octets to the device, and if they are honest and new to its twin too.

        Args:
            plan: how power fails meanwhile; its operation counts from now.

        Returns:
            Whether power failed.

        Raises:
            LinkViolation: the two differ afterwards, or the device answered what it should not.
        """
        if plan is not None:
            self.flash.plan = plan._replace(operation=self.flash.operations + plan.operation)
        try:
            effects = self.device.receive(octets)
        except PowerCut:
            self._after_cut(octets)
            return True
        self.flash.plan = None
        asked = self._asked(octets)
        due = Effects() if asked is None else self.twin.device.receive(octets)
        self._check_answers(effects, due, is_due=asked is not None)
        if asked is not None and due.refusal is None:
            self._note_obeyed(asked)
            answers = _answers(effects)
            said = next(each for each in self.said if each.octets == asked)
            self.answers += [(said, answer) for answer in answers]
        self.heard += effects.messages
        self._agree("after a message", obeyed=asked is not None and due.refusal is None)
        return False

    def restart(self) -> None:
        """Power off and on."""
        self.device.power_on()
        self.twin.device.power_on()
        self._agree("after a restart", obeyed=False)

    def wait(self, hours: int) -> None:
        """Time passes, and the device sees what is due."""
        self.twin.clock.advance(60 * hours)
        sent, due = self.device.tick().messages, self.twin.device.tick().messages
        if [parse_message(each).payload for each in sent] != [
            parse_message(each).payload for each in due
        ]:
            raise LinkViolation("what fell due was reported otherwise than it should")
        self.heard += sent
        self._agree("after time has passed", obeyed=bool(due))

    def is_believed(self, said: HonestCommand, octets: bytes) -> bool:
        """Whether the party takes octets for the device's answer to what it said.

        Raises:
            LinkViolation: it does, and the device has answered no such thing.
        """
        command = parse_message(said.octets)
        contact = self._contact()
        try:
            answer = response_to(command, octets)
            if command.signature or command.code != CS02A:
                check_signature(answer, contact, SUITE)
            else:
                check_mac(answer, contact, said.secret, SUITE)
        except RemoteError:
            return False
        forms = (equal_forms(each) for mine, each in self.answers if mine == said)
        if not any(octets in each for each in forms):
            raise LinkViolation("a party believes an answer that the device did not give")
        return True

    def _contact(self) -> DeviceContact:
        entity = self.device.entity_id
        octets = pki().issue_device(entity, KeyUsage.DIGITAL_SIGNATURE)[1]
        signing = parse_certificate(octets).public_key
        agreement = self.twin.capabilities.agreement_point
        return DeviceContact(entity, self.device.device_type, frozenset(), signing, agreement)

    def _asked(self, octets: bytes) -> bytes | None:
        """The honest command that these octets are, if it has not been obeyed yet."""
        form = self._forms.get(octets)
        return None if form in self._done else form

    def _note_obeyed(self, asked: bytes) -> None:
        self._done.add(asked)
        self.obeyed += 1

    def _after_cut(self, octets: bytes) -> None:
        self.device.power_on()
        twin, asked = self.twin, self._asked(octets)
        before = twin.device.flash.snapshot()
        was_obeyed = asked is not None and twin.device.receive(octets).refusal is None
        twin.device.power_on()
        if was_obeyed and asked is not None:
            twin.settle()
            if observe(self.device.image()) == twin.held:
                self._note_obeyed(asked)
            else:
                twin.device.flash.restore(before)
                twin.device.power_on()
                was_obeyed = False
        self._agree("after a power cut", obeyed=was_obeyed)

    def _check_answers(self, effects: Effects, due: Effects, *, is_due: bool) -> None:
        if (effects.refusal is None) != (is_due and due.refusal is None):
            what = "obeyed" if effects.refusal is None else "refused"
            raise LinkViolation(f"the device {what} what it should not have")
        if _answers(effects) != _answers(due):
            raise LinkViolation("the device answered otherwise than its twin")

    def _agree(self, when: str, *, obeyed: bool) -> None:
        self.twin.settle()
        image = self.device.image()
        held = observe(image)
        seen = difference(self.twin.held, held)
        if seen:
            raise LinkViolation(f"{when} the device holds other credentials: {seen}")
        if _history(image) != _history(self.twin.device.image()):
            raise LinkViolation(f"{when} the device has another history")
        moved = difference(self._held, held)
        if moved and not obeyed:
            raise LinkViolation(
                f"{when} something has changed that no honest party asked for: {moved}"
            )
        self._held = held


def _answers(effects: Effects) -> list[bytes]:
    return [each for each in effects.messages if parse_message(each).cra is CraFlag.RESPONSE]


def _history(image: bytes) -> list[tuple[int, int, bytes, int, int]]:
    """The security log without times: what was done, by whom, under which number."""
    _, store = open_image(image)
    events = (decode(key, body) for key, body in store.items(RecordKind.LOG_EVENT))
    return sorted(
        (each.sequence, each.event_code, each.originator, each.counter, each.message_code)
        for each in events
        if isinstance(each, LogEvent)
    )
