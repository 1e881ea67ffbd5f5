"""Images with one record that is not as the device wrote it, under checksums that are right."""

from random import Random

from firmware_sim.gbcs.roles import KeyUsage
from firmware_sim.machine.flash.geometry import NRF52840, Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.records import RecordKey, RecordKind
from firmware_sim.machine.store import Store
from tests.support.commands import MODE, query, replacements, supplier_by_supplier, update
from tests.support.device_commands import issue
from tests.support.meter import DAY, meter
from tests.support.pki import FIRST, SECOND_UNDER_FIRST
from tests.support.uses import STEP, activation, token, top_up

_EDGES = (b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff")


def image_of_every_kind() -> bytes:
    """A device that has used every kind of record."""
    esme = meter()
    for generation in (SECOND_UNDER_FIRST, FIRST):
        command = update(
            esme,
            MODE.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY,
            replacements(["networkOperator.DS"], generation),
            path=(generation.issuing().certificate,),
        )
        assert esme.device.receive(command.build()).refusal is None
    for octets in (
        issue(esme, KeyUsage.KEY_AGREEMENT).build(),
        supplier_by_supplier(esme, execution=DAY.replace(year=2030)).build(),
        top_up(esme, token(esme, STEP), STEP).build(),
        activation(esme, bytes(32), DAY.replace(year=2030)).build(),
    ):
        assert esme.device.receive(octets).refusal is None
    assert esme.device.receive(query(esme, counter=1).build()).refusal is not None
    image = esme.device.image()
    store = Store.open(NorFlash.load(image, NRF52840))
    assert all(list(store.items(kind)) for kind in RecordKind)
    return image


def records_of(image: bytes, geometry: Geometry = NRF52840) -> list[tuple[RecordKey, bytes]]:
    store = Store.open(NorFlash.load(image, geometry))
    return [item for kind in RecordKind for item in store.items(kind)]


def with_record(image: bytes, old: RecordKey, key: RecordKey, body: bytes) -> bytes:
    """The image with another record in the place of one."""
    flash = NorFlash.load(image, NRF52840)
    transaction = Store.open(flash).transaction()
    transaction.delete(old)
    transaction.put(key, body)
    transaction.commit()
    return flash.image()


def mutated(image: bytes, random: Random) -> tuple[bytes, str]:
    """One record changed in a few octets or in its index; and which."""
    key, body = random.choice(_by_kind(image, random))
    number, changed = key.number, bytearray(body)
    if random.randrange(5) == 0:
        number ^= 1 << random.randrange(16)
    for _ in range(random.choice((0, 1, 1, 1, 3)) or (number == key.number)):
        at = _place(body, random)
        if random.randrange(2):
            changed[at] ^= 1 << random.randrange(8)
        else:
            changed[at : at + 1] = random.choice(_EDGES)
    other = RecordKey(key.kind, number)
    return with_record(image, key, other, bytes(changed)), f"{key} -> {number:x} {changed.hex()}"


def _by_kind(image: bytes, random: Random) -> list[tuple[RecordKey, bytes]]:
    """Each kind is as likely as another, however many records it has."""
    found = records_of(image)
    kind = random.choice(sorted({key.kind for key, _ in found}))
    return [item for item in found if item[0].kind == kind]


def _place(body: bytes, random: Random) -> int:
    """Rather at the ends, where numbers and padding stand, than amid keys and certificates."""
    near = random.choice(
        (random.randrange(min(48, len(body))), len(body) - 1 - random.randrange(min(16, len(body))))
    )
    return near if random.randrange(4) else random.randrange(len(body))
