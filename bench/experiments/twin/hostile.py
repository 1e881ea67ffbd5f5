"""What no party should send: commands changed so that each of a device's checks is reached.

Most are changed as octets, in the header or in the payload's values; some stand in the envelope of
another mode. All but the first are protected anew by the parties whose keys they need, so that the
change is met where it is and not at the signature.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from firmware_sim.bench.experiments.twin.generator import CommandGenerator
from firmware_sim.bench.experiments.twin.tree import change_somewhere, read_tree, sign_certificates
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import MAX_MESSAGE_OCTETS, Message, Supplementary
from firmware_sim.gbcs.replacement import RULES_BY_CODE
from firmware_sim.gbcs.use_cases import CS02A, CS02C, CS02D, CS02E, CS02F
from firmware_sim.gbcs.uses import USES

_CODES = (CS02A, CS02C, CS02D, CS02E, CS02F, *RULES_BY_CODE, *USES)
_COUNTERS = (0, 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
_CHANGED_NODES = (1, 1, 2, 4)


def hostile(
    random: Random, generator: CommandGenerator, earlier: Sequence[bytes]
) -> tuple[bytes, str]:
    """The octets of one such message, and what was done to it.

    Args:
        earlier: what was sent before, for a replay.
    """
    kind = random.randrange(10)
    if kind == 0 and earlier:
        return random.choice(earlier), "a replay"
    message = generator.command()
    if kind == 8:
        return _unproven(message, random).build(), "a signature or MAC by no known key"
    if kind == 9:
        other = _with(message, **_of_another_mode(random, generator.device))
        return generator.protected(other).build(), "the envelope of another mode"
    try:
        if kind <= 2:
            return changed_octets(message.build(), random), "octets changed"
        if kind <= 4:
            return _header(message, random, generator).build(), "header changed"
        return _payload(message, random, generator).build()[:MAX_MESSAGE_OCTETS], "payload changed"
    except GbcsError:  # no message can be built so: then octets must do
        return changed_octets(message.build(), random), "octets changed"


def changed_octets(octets: bytes, random: Random) -> bytes:
    """A few bits, octets or ranges other than they were."""
    changed = bytearray(octets)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        at = random.randrange(len(changed) + 1)
        match random.randrange(5):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << random.randrange(8)
            case 1:
                changed[at:at] = random.randbytes(random.randint(1, 4))
            case 2:
                del changed[at : at + random.randint(1, 4)]
            case 3 if changed:
                changed[at % len(changed)] = random.choice((0, 1, 0x7F, 0x80, 0xFF))
            case _:
                changed[at:at] = changed[at : at + random.randint(1, 40)]
    return bytes(changed[:MAX_MESSAGE_OCTETS])


def _header(message: Message, random: Random, generator: CommandGenerator) -> Message:
    parties = [
        bytes(8),
        *(cell.unique_id for cell in generator.device.machine.state.cells.values()),
    ]
    changes: tuple[dict[str, object], ...] = (
        {"counter": random.choice(_COUNTERS)},
        {"code": random.choice(_CODES)},
        {"code": random.randrange(0x10000)},
        {"originator": EntityId(random.choice(parties))},
        {"target": EntityId(random.randbytes(8))},
        {"cra": random.choice(tuple(CraFlag))},
        {"date_time": random.choice((b"", bytes(12)))},
        {"supplementary": Supplementary(EntityId(random.choice(parties)), 7)},
        {"signature": random.choice((b"", bytes(64)))},
        {"mac": random.choice((None, bytes(12)))},
    )
    changed = _with(message, **random.choice(changes))
    return generator.protected(changed) if random.random() < 0.7 else changed


def _with(message: Message, **fields: object) -> Message:
    """`dataclasses.replace`, for fields that are chosen at run time."""
    return replace(message, **fields)  # type: ignore[arg-type]


def _of_another_mode(random: Random, device: Device) -> dict[str, object]:
    """Code, originator and protection of a mode by its true party, around another's payload."""
    device_type, held = device.device_type, device.machine.state.cells
    rules = [rule for rule in RULES_BY_CODE.values() if rule.authorising_cell(device_type) in held]
    rule = random.choice(rules)
    return {
        "code": rule.code,
        "originator": held[rule.authorising_cell(device_type)].unique_id,
        "signature": bytes(64) if rule.is_signed(device_type) else b"",
        "mac": bytes(12) if rule.maced else None,
    }


def _unproven(message: Message, random: Random) -> Message:
    """With one bit of the signature or of the MAC other than it was."""
    if message.mac is None or (message.signature and random.random() < 0.5):
        return _with(message, signature=_flipped(message.signature or bytes(64), random))
    return _with(message, mac=_flipped(message.mac, random))


def _flipped(octets: bytes, random: Random) -> bytes:
    changed = bytearray(octets)
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _payload(message: Message, random: Random, generator: CommandGenerator) -> Message:
    tree = read_tree(message.payload)
    if tree is None:  # DLMS and ZCL are none
        return generator.protected(_with(message, payload=changed_octets(message.payload, random)))
    for _ in range(random.choice(_CHANGED_NODES)):
        change_somewhere(tree, random, lambda octets, most: changed_octets(octets, random)[:most])
    if random.random() < 0.7:
        sign_certificates(tree, random, generator.issuer_keys, generator.suite)
    return generator.protected(_with(message, payload=tree.encode()))
