"""Which key is which generation of what: by party, usage and validity, in any order of files."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from firmware_sim.bench.smki.content import Fate
from firmware_sim.bench.smki.holdings import Holding
from firmware_sim.bench.smki.importing import Imported, import_pki
from firmware_sim.bench.smki.key_files import write_key
from firmware_sim.bench.smki.names import generation_in, says_top_up
from firmware_sim.bench.smki.parameters import Parameters
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.sources import find
from firmware_sim.gbcs.certificates import Certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from tests.support.foreign_pki import Pair, party

SUITE = P256Suite()
DS, KA = KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT
FIRST, SECOND = "90b3d51f30010000", "90b3d51f30030000"
SUPPLIER = RemotePartyRole.SUPPLIER
YEARS = {2015: datetime(2015, 10, 30, tzinfo=UTC), 2016: datetime(2016, 1, 10, tzinfo=UTC)}

KA_2015 = party(SUPPLIER, FIRST, KA, key=21, start=YEARS[2015])
KA_2016 = party(SUPPLIER, FIRST, KA, key=22, start=YEARS[2016])
PP_2015 = party(SUPPLIER, FIRST, KA, key=23, start=YEARS[2015])
DS_2015 = party(SUPPLIER, FIRST, DS, key=24, start=YEARS[2015])
OTHER_KA = party(SUPPLIER, SECOND, KA, key=25, start=YEARS[2016])
OTHER_DS = party(SUPPLIER, SECOND, DS, key=26, start=YEARS[2015])


def read(folder: Path, files: Sequence[tuple[str, Pair]]) -> Imported:
    folder.mkdir()
    for name, pair in files:
        (folder / name).write_bytes(pair.certificate_pem)
    return import_pki(find(folder, SUITE), SUITE)


def places(imported: Imported) -> dict[tuple[str, int], bytes]:
    return {
        (each.label, each.generation): each.certificate.octets
        for each in imported.inventory.holdings
    }


def numbered(holdings: Iterable[Holding]) -> set[tuple[Certificate, int, int]]:
    return {(each.certificate, each.generation, each.issuer_generation) for each in holdings}


@pytest.mark.parametrize(
    "name",
    [
        "supplierPP",
        "Z1b-supplierPP-ka",
        "Z1-supplier-pp-ka",
        "supplierpp",
        "supplier_PP",
        "KA.PP",
        "PP-KA",
        "supplier-top-up",
        "supplierTopUp",
        "topup",
        "prepayment",
        "supplierPrepayment",
        "pre-payment-ka",
    ],
)
def test_a_name_that_says_prepayment_is_understood(name: str) -> None:
    assert says_top_up(name)


@pytest.mark.parametrize("name", ["supplier", "Z1-supplier-ka", "mapping", "app", "stopup"])
def test_a_name_that_only_contains_the_letters_does_not_say_prepayment(name: str) -> None:
    assert not says_top_up(name)


def test_a_prepayment_certificate_is_no_generation_of_the_other(tmp_path: Path) -> None:
    files = [("Z1-supplier-ka.pem", KA_2015), ("Z1-supplierPP-ka.pem", PP_2015)]
    assert places(read(tmp_path / "pki", files)) == {
        ("supplier.KA", 1): KA_2015.certificate_der,
        ("supplier.KA.PP", 1): PP_2015.certificate_der,
    }


def test_generations_follow_the_start_of_validity_in_any_order_of_files(tmp_path: Path) -> None:
    for number, pairs in enumerate(permutations((KA_2015, KA_2016, DS_2015))):
        files = list(zip(("a.pem", "b.pem", "c.pem"), pairs, strict=True))
        assert places(read(tmp_path / str(number), files)) == {
            ("supplier.KA", 1): KA_2015.certificate_der,
            ("supplier.KA", 2): KA_2016.certificate_der,
            ("supplier.DS", 1): DS_2015.certificate_der,
        }


@pytest.mark.parametrize("reverse", [False, True])
def test_another_supplier_is_no_generation_of_the_first(tmp_path: Path, reverse: bool) -> None:
    """The one that fills more cells is taken; the other is listed, and is not mixed with it."""
    pairs = [KA_2015, PP_2015, DS_2015, OTHER_KA, OTHER_DS]
    names = ["1.pem", "2-pp.pem", "3.pem", "4.pem", "5.pem"]
    if reverse:
        names = ["e.pem", "d-pp.pem", "c.pem", "b.pem", "a.pem"]
    imported = read(tmp_path / "pki", list(zip(names, pairs, strict=True)))
    assert set(places(imported)) == {("supplier.KA", 1), ("supplier.KA.PP", 1), ("supplier.DS", 1)}
    assert DrillPki(imported.inventory).party(SUPPLIER).entity_id == EntityId.parse(FIRST)
    left_out = [each for each in imported.lines if each.fate is Fate.NO_PLACE]
    assert {each.place for each in left_out} == set(names[3:])
    assert all(SECOND in each.text and FIRST in each.text for each in left_out)


def test_the_supplier_with_more_cells_is_taken_though_it_is_valid_later(tmp_path: Path) -> None:
    more = [party(SUPPLIER, SECOND, each, key=37, start=YEARS[2016]) for each in (DS, KA)]
    files = list(zip(("a.pem", "b.pem", "c.pem"), (DS_2015, *more), strict=True))
    assert places(read(tmp_path / "pki", files)) == {
        ("supplier.DS", 1): more[0].certificate_der,
        ("supplier.KA", 1): more[1].certificate_der,
    }


def test_of_suppliers_with_equal_cells_the_one_with_private_keys_is_taken(tmp_path: Path) -> None:
    late = party(SUPPLIER, SECOND, DS, key=38, start=YEARS[2016])
    files = [("a.pem", DS_2015), ("b.pem", late)]
    (tmp_path / "pki").mkdir()
    for name, pair in files:
        (tmp_path / "pki" / name).write_bytes(pair.certificate_pem)
    (tmp_path / "pki" / "b.key").write_bytes(late.key_octets())
    imported = import_pki(find(tmp_path / "pki", SUITE), SUITE)
    assert places(imported) == {("supplier.DS", 1): late.certificate_der}


def test_of_two_equal_suppliers_the_one_that_is_valid_first_is_taken(tmp_path: Path) -> None:
    early = party(SUPPLIER, SECOND, KA, key=31, start=YEARS[2015])
    late = party(SUPPLIER, FIRST, KA, key=32, start=YEARS[2016])
    for number, pairs in enumerate(((early, late), (late, early))):
        imported = read(tmp_path / str(number), list(zip(("a.pem", "b.pem"), pairs, strict=True)))
        assert places(imported) == {("supplier.KA", 1): early.certificate_der}


def test_a_third_generation_is_listed(tmp_path: Path) -> None:
    third = party(SUPPLIER, FIRST, KA, key=33, start=datetime(2017, 1, 1, tzinfo=UTC))
    imported = read(tmp_path / "pki", [("a.pem", third), ("b.pem", KA_2015), ("c.pem", KA_2016)])
    assert set(places(imported)) == {("supplier.KA", 1), ("supplier.KA", 2)}
    (line,) = (each for each in imported.lines if each.place == "a.pem")
    assert line.fate is Fate.NO_PLACE
    assert line.text == (
        f"supplier.KA of {FIRST}, generation 3, under generation 1: two generations are enough"
    )


def test_a_certificate_renewed_for_the_same_key_replaces_the_older_one(tmp_path: Path) -> None:
    renewed = party(SUPPLIER, FIRST, KA, key=21, start=YEARS[2016])
    for number, names in enumerate((("a.pem", "b.pem"), ("b.pem", "a.pem"))):
        files = list(zip(names, (KA_2015, renewed), strict=True))
        imported = read(tmp_path / str(number), files)
        assert places(imported) == {("supplier.KA", 1): renewed.certificate_der}
        (line,) = (each for each in imported.lines if each.fate is Fate.NO_PLACE)
        assert line.place == names[0]
        assert names[1] in line.text


def test_the_same_certificate_twice_is_one(tmp_path: Path) -> None:
    imported = read(tmp_path / "pki", [("a.pem", KA_2015), ("b.pem", KA_2015)])
    assert places(imported) == {("supplier.KA", 1): KA_2015.certificate_der}
    assert imported.lines[1].text == "the same certificate as a.pem"


def test_equal_validity_is_told_and_does_not_follow_the_order_of_files(tmp_path: Path) -> None:
    """Nothing but the key identifier tells them apart; one may be meant for prepayment."""
    twin = party(SUPPLIER, FIRST, KA, key=34, start=YEARS[2015])
    found = []
    for number, pairs in enumerate(((KA_2015, twin), (twin, KA_2015))):
        imported = read(tmp_path / str(number), list(zip(("a.pem", "b.pem"), pairs, strict=True)))
        found.append(places(imported))
        (note,) = imported.notes
        assert "a.pem" in note
        assert "b.pem" in note
        assert "say pp in its name" in note
    assert found[0] == found[1]


def test_what_no_trust_anchor_cell_takes_is_listed_with_its_reason(tmp_path: Path) -> None:
    """An `other` user has no cell on a device, nor has a wanProvider for key agreement."""
    user = party(RemotePartyRole.OTHER, FIRST, DS, key=35)
    provider = party(RemotePartyRole.WAN_PROVIDER, "90b3d51f30000007", KA, key=36)
    files = [("user.pem", user), ("wan.pem", provider), ("supplier.pem", DS_2015)]
    told = {each.place: each for each in read(tmp_path / "pki", files).lines}
    assert told["user.pem"].fate is told["wan.pem"].fate is Fate.NO_PLACE
    assert told["user.pem"].text == "there is no Trust Anchor Cell other.DS"
    assert told["wan.pem"].text == "there is no Trust Anchor Cell wanProvider.KA"


def test_an_import_does_not_depend_on_the_names_of_files(tmp_path: Path) -> None:
    """Our own PKI, whose generations are valid at the same time, under other names."""
    original = DrillPki.generate(7)
    source = tmp_path / "source"
    source.mkdir()
    shuffled = sorted(original.holdings, key=lambda each: each.certificate.octets)
    for number, each in enumerate(shuffled):
        name = f"{number}-pp.der" if each.label == "supplier.KA.PP" else f"{number}.der"
        (source / name).write_bytes(each.certificate.octets)
    imported = import_pki(find(source, SUITE), SUITE)
    assert numbered(imported.inventory.holdings) == numbered(original.holdings)
    assert imported.notes == ()


def test_a_device_may_have_two_generations_of_a_key(tmp_path: Path) -> None:
    """Each is found by its generation; one that has a single key gives it for both."""
    device, usage = EntityId.parse("0246531100000000"), KeyUsage.DIGITAL_SIGNATURE
    old = DrillPki.generate(7, Parameters(not_before=YEARS[2015])).issue_device(device, usage)
    new = DrillPki.generate(8, Parameters(not_before=YEARS[2016])).issue_device(device, usage)
    for name, (key, certificate) in (("b", old), ("a", new)):
        (tmp_path / f"{name}.der").write_bytes(certificate)
        write_key(tmp_path / f"{name}.key", key)
    pki = DrillPki(import_pki(find(tmp_path, SUITE), SUITE).inventory)
    assert (pki.issue_device(device, usage, 1), pki.issue_device(device, usage, 2)) == (old, new)
    (tmp_path / "a.der").unlink()
    single = DrillPki(import_pki(find(tmp_path, SUITE), SUITE).inventory)
    assert single.issue_device(device, usage, 1) == single.issue_device(device, usage, 2) == old

    assert (generation_in("contingency-2.key.pem"), generation_in("contingency.pem")) == (2, 1)
