"""An inventory as people have it: read in a stream, and refused with its line."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_sim.bench.audit import importing
from firmware_sim.bench.audit.believing import EntryCheck
from firmware_sim.bench.audit.columns import read_columns
from firmware_sim.bench.audit.identifiers_seen import IdentifiersSeen
from firmware_sim.bench.audit.importing import EstateFile
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.population.inventory import BelievedData
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType

ESME, GSME = "0246271123000000", "0246271023000000"
CHECK = EntryCheck(
    {"alpha", "beta", "north", "dcc"}, Policy(), {EntityId.parse(GSME): DeviceType.GSME}
)

MAP = """\
device: Device GUID
type: Meter
cells: {supplier: MPID, networkOperator: DNO}
generations: {supplier: Issue}
types: {SMETS2 Elec: ESME, SMETS2 Gas: GSME}
organisations: {ALPHA ENERGY LTD: alpha, NORTHERN: north}
nothing: ["n/a"]
delimiter: ";"
"""
EXPORT = """\
Postcode;Device GUID;Meter;MPID;Issue;DNO
N1;02-46-27-11-23-00-00-00;SMETS2 Elec;ALPHA ENERGY LTD;2;NORTHERN
N1;02-46-27-10-23-00-00-00;SMETS2 Gas;ALPHA ENERGY LTD;;n/a
"""


def wrong(tmp_path: Path, text: str, name: str = "estate.csv") -> str:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        EstateFile(path).check(CHECK)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "F")


def test_a_table_of_others_is_read_by_a_map_of_its_columns(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP, "utf-8")
    (tmp_path / "export.csv").write_text(EXPORT, "utf-8")
    file = EstateFile(tmp_path / "export.csv", read_columns(tmp_path / "map.yaml"))
    assert file.check(CHECK) == 2
    first, second = (row.entry for row in file.rows(CHECK))
    assert str(first.device) == ESME
    assert first.type is DeviceType.ESME
    assert dict(first.cells) == {
        "supplier": BelievedData("alpha", 2),
        "networkOperator": BelievedData("north", 1),
    }
    assert dict(second.cells) == {"supplier": BelievedData("alpha", 1)}


def test_the_table_of_an_earlier_run_is_taken_as_it_is(tmp_path: Path) -> None:
    """As `csv/devices.csv` begins; its hub has no cell of a supplier or network operator."""
    path = tmp_path / "devices.csv"
    head = (
        "device,type,premises,verdict,outcome,recovered after s,cells replaced,cells unchanged,"
        "cells not read,first problem,reason,image before,image after,responsible supplier,"
        "network operator,smi status,relevant,affected cells\n"
    )
    rows = "".join(
        f"{device},{kind},0,passed,,,0,6,0,,,be,32,alpha,north,commissioned,no,\n"
        for device, kind in (("0246271223000000", "CHF"), (ESME, "ESME"))
    )
    path.write_text(head + rows, "utf-8-sig")
    file = EstateFile(path)
    assert file.check(CHECK) == 1
    (row,) = file.rows(CHECK)
    assert dict(row.entry.cells) == {
        "supplier": BelievedData("alpha"),
        "networkOperator": BelievedData("north"),
    }


def test_lines_of_types_that_a_map_skips_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP + "skip: [SMETS2 Gas]\n", "utf-8")
    (tmp_path / "export.csv").write_text(EXPORT, "utf-8")
    file = EstateFile(tmp_path / "export.csv", read_columns(tmp_path / "map.yaml"))
    assert [str(row.entry.device) for row in file.rows(CHECK)] == [ESME]


def test_a_name_that_the_map_does_not_translate_is_told_as_the_file_has_it(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP, "utf-8")
    path = tmp_path / "export.csv"
    path.write_text(EXPORT.replace("ALPHA ENERGY LTD;2", "ALPHA ENERGI LTD;2"), "utf-8")
    with pytest.raises(UsageError) as caught:
        EstateFile(path, read_columns(tmp_path / "map.yaml")).check(CHECK)
    assert str(caught.value).startswith(
        f"{path}, line 2, MPID: 'ALPHA ENERGI LTD' is not under organisations in the column map; "
        "did you mean 'ALPHA ENERGY LTD'?; it has ALPHA ENERGY LTD, NORTHERN"
    )


def test_a_hub_without_cells_is_answered_by_what_to_do(tmp_path: Path) -> None:
    told = wrong(tmp_path, "device,type,supplier\n0246271223000000,CHF,alpha\n")
    assert "leave its line out, or add a column accessControlBroker" in told


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (f"{ESME},ESME,alpha\n{ESME},ESME,beta", f"line 3, {ESME}: {ESME} stands here twice"),
        ("0246,ESME,alpha", "line 2, device: '0246' is no Entity Identifier of 16"),
        (f"{ESME},ESMEE,alpha", "line 2, type: 'ESMEE' is no device type; did you mean 'ESME'?"),
        (f"{ESME},ESME,alhpa", "'alhpa' is no organisation on record; did you mean 'alpha'?"),
        (f"{GSME},ESME,alpha", f"{GSME} is of type GSME, not ESME"),
        (f"{ESME},ESME,", f"line 2, {ESME}: nothing is said of any cell"),
        (f"{ESME},ESME", "line 2: has not as many places as the first line has columns"),
        (f"{ESME},ESME,alpha 0", "'alpha 0' is neither an organisation nor one with a generation"),
        (f"{ESME},ESME,\x1b[31malpha", r"\x1b[31malpha"),
        (f"{ESME},ESME,{'a' * 70000}", "a line of over 65,536 characters"),
        (f'{ESME},ESME,"alpha', "line 2: no CSV table: unexpected end of data"),
        ("", "F names no device"),
    ],
)
def test_a_wrong_row_is_refused_with_file_and_line(
    tmp_path: Path, rows: str, expected: str
) -> None:
    told = wrong(tmp_path, f"device,type,supplier\n{rows}\n" if rows else "device,type,supplier\n")
    assert expected in told
    assert told.startswith("F")
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "device,type,suplier",
            "'suplier', which is neither a role nor a cell; did you mean 'supp",
        ),
        ("devise,type,supplier", "no column 'device'; did you mean 'devise'?"),
        ("device,type", "no column of a role or cell"),
        ("device,type,supplier,supplier", "has a column twice"),
        ("", "no column 'device'"),
        ("GUID,type,supplier", "no column 'device'"),
        ("GUID,type,supplier", "headings of your own need a map: --columns FILE"),
    ],
)
def test_a_wrong_first_line_is_refused(tmp_path: Path, header: str, expected: str) -> None:
    assert expected in wrong(tmp_path, f"{header}\n{ESME},ESME,alpha\n")


def test_a_device_twice_in_json_is_refused_with_its_line(tmp_path: Path) -> None:
    entry = f'{{"device": "{ESME}", "type": "ESME", "cells": {{"supplier": "alpha"}}}}'
    told = wrong(tmp_path, f'{{"devices": [\n{entry},\n{entry}]}}', "estate.json")
    assert f"line 3, devices[2].device: {ESME} stands here twice" in told


def test_a_map_with_unknown_keys_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(MAP.replace("device:", "devices:"), "utf-8")
    with pytest.raises(UsageError, match="did you mean 'device'"):
        read_columns(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no file"):
        EstateFile(tmp_path)


def test_mistakes_beyond_the_twentieth_are_not_looked_for(tmp_path: Path) -> None:
    told = wrong(tmp_path, "device,type,supplier\n" + "x,ESME,alpha\n" * 1000)
    assert told.count("; F, line") == importing.MAX_MISTAKES - 1


def test_a_long_table_takes_memory_for_its_identifiers_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines come from a generator: of 4,000 devices, at most 48 octets each stay in memory."""
    number = 4_000

    def lines(_file: object) -> Iterator[str]:
        yield "device,type,supplier,note\n"
        for each in range(number):
            yield f"024627{each:010x},ESME,alpha,{'x' * 200}\n"

    monkeypatch.setattr(importing, "_lines", lines)
    (tmp_path / "map.yaml").write_text("cells: {supplier: supplier}\n", "utf-8")
    (tmp_path / "estate.csv").write_text("", "utf-8")
    file = EstateFile(tmp_path / "estate.csv", read_columns(tmp_path / "map.yaml"))
    for _ in file.rows(CHECK):
        break  # whatever is made once is made now
    tracemalloc.start()
    try:
        assert file.check(CHECK) == number
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 48 * number + 500_000


def test_identifiers_that_were_seen_are_told_from_all_others() -> None:
    seen = IdentifiersSeen()
    some = [EntityId(each.to_bytes(8, "big")) for each in range(3000)]
    assert all(map(seen.add, some))
    assert not any(map(seen.add, some))
    assert len(seen) == len(some)
    assert seen.add(EntityId(b"\xff" * 8))
