"""A foreign test PKI made a drill's: every certificate and key in its place, or left out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.foreign_text import in_one_line
from firmware_sim.bench.smki.content import Fate, ImportLine, SourceContent
from firmware_sim.bench.smki.custody import Custody, CustodyKey
from firmware_sim.bench.smki.generations import arrange
from firmware_sim.bench.smki.holdings import Holding, Inventory
from firmware_sim.bench.smki.parameters import CONTINGENCY_ENTITY_ID, GENERATIONS
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.machine.drbg import HmacDrbg

_DEVICE_SEED_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Imported:
    """A PKI, what became of each thing in its source, and what does not fit together.

    Attributes:
        lines: one for every file, certificate and key, in the order of the source.
        notes: one sentence for everything that does not fit.
    """

    inventory: Inventory
    lines: tuple[ImportLine, ...]
    notes: tuple[str, ...]


class NothingTakenError(UsageError):
    """A source holds no certificate that can be taken; `lines` say why."""

    def __init__(self, lines: tuple[ImportLine, ...]) -> None:
        left_out = [each for each in lines if each.fate is not Fate.NOTHING]
        first = (
            f": {in_one_line(left_out[0].place)}: {in_one_line(left_out[0].text)}"
            if left_out
            else ""
        )
        super().__init__(
            f"the source holds no certificate that can be taken{first}",
            "name a key store, or a file or folder with a PKI",
        )
        self.lines = lines


def import_pki(content: SourceContent, suite: CryptoSuite) -> Imported:
    """Arrange what was found in a source as a PKI.

    Raises:
        NothingTakenError: no certificate in it can be taken.
    """
    arrangement = arrange(content)
    holdings = tuple(arrangement.holdings)
    lines = content.in_order((*arrangement.lines, *_key_lines(holdings, content)))
    if not holdings:
        raise NothingTakenError(lines)
    inventory = Inventory(
        holdings=holdings,
        custody=Custody(_custody_keys(holdings, content), suite, imported=True),
        contingency_entity_id=CONTINGENCY_ENTITY_ID,
        roots=dict(zip(GENERATIONS, content.roots, strict=False)),
        device_seed=_device_seed(holdings),
    )
    notes = (*arrangement.notes, *_contingency_notes(holdings, content, suite))
    return Imported(inventory, lines, notes)


def _key_lines(holdings: Iterable[Holding], content: SourceContent) -> Iterator[ImportLine]:
    """What became of each private key: it goes with the certificate of its public key."""
    held = {each.certificate.public_key: each for each in reversed(tuple(holdings))}
    for point, key in content.keys.items():
        holding = held.get(point)
        if holding is None:
            text = "no certificate that was taken has the public key of this private key"
            yield ImportLine(key.place, Fate.NO_PLACE, text)
        else:
            text = f"private key of {holding.label}, generation {holding.generation}"
            yield ImportLine(key.place, Fate.TAKEN, text)


def _custody_keys(
    holdings: tuple[Holding, ...], content: SourceContent
) -> dict[tuple[CustodyKey, int], bytes]:
    keys = {
        (CustodyKey.RECOVERY, each.generation): content.keys[each.certificate.public_key].octets
        for each in holdings
        if each.cell is not None
        and each.cell.role is RemotePartyRole.RECOVERY
        and each.certificate.public_key in content.keys
    }
    keys |= {(CustodyKey.CONTINGENCY, at): key.octets for at, key in content.contingency.items()}
    return keys | {(CustodyKey.SYMMETRIC, at): key.octets for at, key in content.symmetric.items()}


def _contingency_notes(
    holdings: tuple[Holding, ...], content: SourceContent, suite: CryptoSuite
) -> Iterator[str]:
    """Roots whose contingency key is not the one that came with them."""
    for root in holdings:
        apex, number = root.certificate.wrapped_contingency_key, root.generation
        symmetric, contingency = content.symmetric.get(number), content.contingency.get(number)
        if root.kind is not CertificateKind.ROOT_OCA or apex is None:
            continue
        if symmetric is None or contingency is None:
            continue
        try:
            point = unwrap_contingency_key(
                apex, symmetric.octets, suite, allowed=set(WrapAlgorithm)
            )
        except GbcsError as error:
            yield f"Root OCA of generation {number}: {error}"
            continue
        if point != suite.public_key(contingency.octets):
            yield f"Root OCA of generation {number} wraps another contingency key"


def _device_seed(holdings: tuple[Holding, ...]) -> bytes | None:
    for each in holdings:
        if each.kind is CertificateKind.ISSUING_DCA and each.private_key is not None:
            return HmacDrbg(each.private_key, b"devices").generate(_DEVICE_SEED_OCTETS)
    return None
