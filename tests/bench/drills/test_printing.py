"""An attacker with a prepayment key: how long it prints money, and how much."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.drills import printing
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story, story_source
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.files.strict_yaml import MistakesError
from firmware_sim.bench.outcome import DevicesVerdict, Outcome
from firmware_sim.machine.refusals import RefusalReason
from tests.bench.drills.rehearsal import Rehearsal, rehearse
from tests.bench.drills.shipped import Shipped

NAME = "prepayment-key-compromise"
AT = "at: [before notice, between decision and wave, after]"
DOES = "does: [print tokens]"
PENCE = 8191
METERS = 3


def story_of(*changes: tuple[str, str]) -> Story:
    text = story_source(NAME).text
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read_story(text, "own.yaml")


async def played(folder: Path, *changes: tuple[str, str], **choices: Any) -> Rehearsal:
    return await rehearse(story_of(*changes), folder, premises=3, **choices)


def attacked(run: Rehearsal) -> list[dict[str, Any]]:
    rows = run.rows("SELECT content FROM account WHERE kind = 'attacked device'")
    return [json.loads(content) for (content,) in rows]


def test_tokens_of_a_thief_are_credited_until_the_key_is_replaced_and_never_after(
    shipped: Shipped,
) -> None:
    """The key falls at 08:03, its replacement is sent at 11:42; the thief acts thrice a meter."""
    run = shipped(NAME)
    devices = attacked(run)
    assert len(devices) == METERS
    for each in devices:
        assert (each["tokens_credited"], each["credited_pence"]) == (2, 2 * PENCE)
        assert each["tokens_refused"] == 1
        assert (each["first_credit"], each["last_credit"]) == (
            "2027-10-04T08:49:00.000+00:00", "2027-10-04T11:41:00.000+00:00",
        )  # fmt: skip
    refused = run.rows(
        "SELECT DISTINCT step.name, refusal.reason FROM refusal JOIN step ON step.id = refusal.step"
        " WHERE step.name LIKE 'attacker%'"
    )
    assert refused == [("attacker-1-after", "top up not authentic")]


def test_the_record_tables_and_page_say_how_much_was_printed(shipped: Shipped) -> None:
    folder = shipped(NAME).folder
    export(folder)
    page = (folder / "report.html").read_text()
    told = "topped up 3 meters: 6 tokens worth £491.46 credited, from 4 October 2027, 08:49"
    assert told in page
    with (folder / "csv" / "attacked.csv").open(encoding="utf-8-sig") as table:
        rows = list(csv.DictReader(table))
    assert [row["pence credited"] for row in rows] == [str(2 * PENCE)] * METERS
    written = json.loads((folder / "record.json").read_text())
    assert {each["tokens_refused"] for each in written["attacked"]} == {1}


@pytest.mark.parametrize("target", ["native", "mqtt"])
async def test_the_same_is_printed_on_every_target(
    target: str, tmp_path: Path, shipped: Shipped
) -> None:
    run = await played(tmp_path, target=target)
    assert run.whole is Outcome.PASSED, run.reasons()
    assert attacked(run) == attacked(shipped(NAME))


async def test_meters_whose_key_is_not_replaced_go_on_crediting(tmp_path: Path) -> None:
    """Recovery that leaves gas meters out leaves them to the thief, and none of them does wrong."""
    text = story_source(NAME).text
    rest = text[text.index("  - name: meters-read\n") : text.index("  - name: report\n")]
    half = ("    floors: zero\n", "    floors: zero\n    devices: [ESME, GPF]\n")
    run = await played(tmp_path, (rest, ""), half)
    kinds: dict[str, str] = dict(run.rows("SELECT entity, type FROM device"))
    found = {(kinds[each["device"]], each["tokens_credited"]) for each in attacked(run)}
    assert found == {("ESME", 2), ("GSME", 3)}
    assert run.steps()["attacker-1-after"] == "passed"


async def test_where_the_broker_stands_in_the_cells_the_thief_has_no_authority(
    tmp_path: Path,
) -> None:
    """Method 2: the thief still speaks as the supplier, whom the meter no longer knows."""
    text = story_source(NAME).text
    rest = text[text.index("  - name: meters-read\n") : text.index("  - name: report\n")]
    broker = ("    install: 2\n", "    install: 1\n    holder: accessControlBroker\n")
    method = ("    methods: [3]\n", "    methods: [2]\n")
    run = await played(tmp_path, (rest, ""), broker, method)
    assert run.steps()["attacker-1-after"] == "passed", run.reasons()
    assert {each["tokens_refused"] for each in attacked(run)} == {1}
    assert {each["credited_pence"] for each in attacked(run)} == {2 * PENCE}


@pytest.mark.parametrize("wrong", ["credits", "refuses"])
async def test_a_meter_that_does_not_go_by_the_key_in_its_cell_has_failed(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meters do right here; what is wrong is what they must do."""
    reason = None if wrong == "refuses" else RefusalReason.TOP_UP_NOT_AUTHENTIC
    monkeypatch.setattr(printing, "_refusal", lambda *_: reason)
    point = "after" if wrong == "refuses" else "before notice"
    run = await played(tmp_path, (AT, f"at: [{point}]"))
    assert run.devices is DevicesVerdict.WRONG
    assert [name for name, verdict in run.steps().items() if verdict == "failed"] == [
        f"attacker-1-{point.replace(' ', '-')}"
    ]
    # What the meter did counts, not what it was to do.
    credited = wrong == "credits"
    assert {each["tokens_credited"] for each in attacked(run)} == {int(credited)}
    assert {each["tokens_refused"] for each in attacked(run)} == {int(not credited)}


MISTAKES = {
    "another-act": ((DOES, "does: [print tokens, race]"), "and nothing else: no race"),
    "no-broker": (("    via: broker\n", ""), "add via: broker"),
    "certificate": (
        ("    via: broker\n", "    via: broker\n    own certificate: issued by SMKI\n"),
        "puts no certificate into a cell",
    ),
    "no-such-key": (
        ("holds: alpha.supplier.KA.PP", "holds: alpha.supplier.KA"),
        "nor a prepayment key",
    ),
    "another-key": (("holds: alpha.supplier.KA.PP", "holds: alpha.supplier.DS"), "not this key"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_a_prepayment_key_is_not_good_for_is_a_mistake_of_the_story(name: str) -> None:
    change, text = MISTAKES[name]
    with pytest.raises(MistakesError, match=text):
        story_of(change)


def test_tokens_are_not_printed_with_a_signing_key() -> None:
    with pytest.raises(MistakesError, match="which it does not hold"):
        story_of(
            ("holds: alpha.supplier.KA.PP", "holds: alpha.supplier.DS"),
            ("cell: supplier.KA.PP", "cell: supplier.DS"),
        )
