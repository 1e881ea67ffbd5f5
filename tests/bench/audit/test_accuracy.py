"""One device in ten is wrong in each way: all of them are found, and nothing else."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.bench.audit import auditing, sorts
from firmware_sim.bench.audit.result import AuditResult
from firmware_sim.bench.audit.sorts import Sort
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.population.estate import CellData, EstateDevice, HeldData
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, RemotePartyRole, TrustAnchorCellId
from tests.bench.audit.estates import Wanted, audited, opened, should_hold, story, write
from tests.requirements import require_engine

HOMES = 10
EACH = HOMES * 4 // 10
SUPPLIER = tuple(map(TrustAnchorCellId.parse, ("supplier.DS", "supplier.KA", "supplier.KA.PP")))
BROKER = RemotePartyRole.ACCESS_CONTROL_BROKER
RECOVERY = TrustAnchorCellId.parse("recovery.DS")
STRANGER = HeldData("dcc", TrustAnchorCellId(BROKER, RECOVERY.key_usage))
"""The Broker's certificate, where Recovery's should be."""


def planted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, target: str = "memory"
) -> tuple[AuditResult, dict[tuple[EntityId, str], Sort], int]:
    """The audit, the cells that must be found with their sort, and how many are spoken of."""
    path = story(folder, HOMES)
    devices = [
        each
        for each in opened(path, monkeypatch, {}).setup.estate
        if each.device_type is not DeviceType.CHF
    ]
    groups = iter(zip(*[iter(devices)] * EACH, strict=False))
    other, late, unissued, mismatched, silent, recovered, rooted = (next(groups) for _ in range(7))
    held: dict[EntityId, CellData] = {}
    expected: dict[tuple[EntityId, str], Sort] = {}
    for device in other:
        name = "beta" if device.responsible_supplier == "alpha" else "alpha"
        held[device.entity_id] = {cell: HeldData(name, cell) for cell in SUPPLIER}
        expected |= found(device, SUPPLIER, Sort.WRONG_PARTY)
    for device in late:
        data = {c: HeldData(device.responsible_supplier, c, 3) for c in SUPPLIER}
        held[device.entity_id] = data
        expected |= found(device, SUPPLIER, Sort.WRONG_GENERATION)
    for device in mismatched:
        data = {c: HeldData("dcc", TrustAnchorCellId(BROKER, c.key_usage)) for c in SUPPLIER}
        held[device.entity_id] = data
        expected |= found(device, SUPPLIER, Sort.ROLE_MISMATCH)
    strange = (HeldData("dcc", RECOVERY, 2), STRANGER) * 2
    for device, foreign in zip(recovered, strange, strict=True):
        held[device.entity_id] = {RECOVERY: foreign}
        sort = Sort.ROLE_MISMATCH if foreign == STRANGER else Sort.WRONG_GENERATION
        expected |= found(device, (RECOVERY,), sort)
    rows = {each.entity_id: should_hold(each) for each in devices}
    for device in unissued:
        rows[device.entity_id] |= {
            "supplier": f"{device.responsible_supplier} 2",
            "root": "dcc 2",
        }
        expected |= found(device, SUPPLIER, Sort.STALE_ISSUER)
        expected[device.entity_id, "root.CS"] = Sort.WRONG_GENERATION
    for device in rooted:
        rows[device.entity_id] |= {"root": "dcc 2"}
        expected |= found(device, (ROOT_CELL,), Sort.WRONG_GENERATION)
    for device in silent:
        expected |= found(device, tuple(spoken_of(device, rows)), Sort.UNREACHABLE)
    file = write(folder / "estate.csv", rows.values())
    estate = opened(path, monkeypatch, held, target)
    result = audited(estate, file, frozenset(each.entity_id for each in silent))
    return result, expected, sum(len(spoken_of(each, rows)) for each in devices)


def found(
    device: EstateDevice, cells: tuple[TrustAnchorCellId, ...], sort: Sort
) -> dict[tuple[EntityId, str], Sort]:
    return {(device.entity_id, str(cell)): sort for cell in cells}


def spoken_of(device: EstateDevice, rows: dict[EntityId, Wanted]) -> list[TrustAnchorCellId]:
    return [cell for cell in device.holds if cell.role.label in rows[device.entity_id]]


def check(run: tuple[AuditResult, dict[tuple[EntityId, str], Sort], int]) -> None:
    result, expected, cells = run
    assert {(e.device, str(e.cell)): e.sort for e in result.findings} == expected
    assert set(expected.values()) == set(Sort) - {Sort.RIGHT}
    assert result.by_sort == Counter(expected.values()) | {Sort.RIGHT: cells - len(expected)}
    assert (result.devices, result.answered) == (HOMES * 3, HOMES * 3 - EACH)
    assert result.exit_code is ExitCode.DEVICE_FAILED


def test_every_planted_wrong_cell_is_found_and_no_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(planted(tmp_path, monkeypatch))


@pytest.mark.slow
def test_the_firmware_is_audited_as_the_simulated_devices_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_engine()
    check(planted(tmp_path, monkeypatch, "native"))


def test_an_estate_that_never_answers_is_never_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = story(tmp_path, 1)
    estate = opened(path, monkeypatch, {})
    devices = list(estate.setup.estate)
    file = write(tmp_path / "estate.csv", map(should_hold, devices))
    result = audited(estate, file, frozenset(each.entity_id for each in devices))
    assert result.exit_code is ExitCode.BENCH_FAILED
    assert {sort for sort, number in result.by_sort.items() if number} == {Sort.UNREACHABLE}


def test_an_answer_that_does_not_verify_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each device is taken for another: no MAC and no signature is its own."""
    path = story(tmp_path, 1)
    estate = opened(path, monkeypatch, {})
    strangers = {each.entity_id: each for each in reversed(estate.setup.contacts)}
    pairs = zip(estate.setup.contacts, strangers.values(), strict=True)
    for contact, stranger in pairs:
        estate.contacts[contact.entity_id] = replace(
            contact, signing_key=stranger.signing_key, agreement_key=stranger.agreement_key
        )
    file = write(tmp_path / "estate.csv", map(should_hold, estate.setup.estate))
    result = audited(estate, file, frozenset())
    assert not result.by_sort[Sort.RIGHT]
    assert not result.answered


def test_a_bug_that_looks_at_the_subject_alone_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: whoever is named in a cell is believed to hold the key that is expected."""

    def careless(believed: HeldData, held: HeldData | None) -> Sort:
        same = held is not None and held.organisation == believed.organisation
        return Sort.RIGHT if same else Sort.WRONG_PARTY

    monkeypatch.setattr("firmware_sim.bench.audit.result.sort_of", careless)
    with pytest.raises(AssertionError):
        check(planted(tmp_path, monkeypatch))


def test_a_bug_that_takes_silence_for_consent_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: of a device that says nothing, nothing is found."""
    judged = auditing.judged

    def careless(entry, believed, reading, register):  # type: ignore[no-untyped-def]
        return [] if reading.cells is None else judged(entry, believed, reading, register)

    monkeypatch.setattr(auditing, "judged", careless)
    with pytest.raises(AssertionError):
        check(planted(tmp_path, monkeypatch))


@pytest.mark.parametrize(
    ("held", "sort"),
    [
        (HeldData("alpha", SUPPLIER[0], 2, 2), Sort.RIGHT),
        (HeldData("alpha", SUPPLIER[0], 2, 1), Sort.STALE_ISSUER),
        (HeldData("alpha", SUPPLIER[0], 3, 2), Sort.WRONG_GENERATION),
        (HeldData("beta", SUPPLIER[0], 2, 1), Sort.WRONG_PARTY),
        (HeldData("beta", SUPPLIER[1], 2, 2), Sort.ROLE_MISMATCH),
        (None, Sort.WRONG_PARTY),
    ],
)
def test_the_first_difference_names_the_sort(held: HeldData | None, sort: Sort) -> None:
    assert sorts.sort_of(HeldData("alpha", SUPPLIER[0], 2, 2), held) is sort
