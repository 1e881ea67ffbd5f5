"""The notice and progress files of a drill."""

import csv
from pathlib import Path

import pytest

from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.notice_folder import of_organisation
from firmware_sim.bench.drills.story_file import load_story
from firmware_sim.bench.governance.notice_files import RelevantRow, as_csv
from firmware_sim.gbcs.identifiers import EntityId
from tests.bench.drills.rehearsal import HANDOVER_STORY, ROOT_STORY, SUPPLIER_STORY, rehearse

STORIES = Path(__file__).with_name("stories")


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / "notices" / f"{name}.csv").read_bytes().decode("utf-8")
    remark, _, table = text.partition("\r\n")
    assert remark.startswith("# Columns of firmware-sim: those of the real file are not public")
    return list(csv.DictReader(table.splitlines()))


async def test_notices_and_progress_of_a_partys_key(tmp_path: Path) -> None:
    await rehearse(SUPPLIER_STORY, tmp_path, premises=2)
    names = sorted(path.name for path in (tmp_path / "notices").iterdir())
    assert names == [
        "organisation-compromise-notification.csv",
        "organisation-compromise-recovery-progress.csv",
        "relevant-devices.csv",
    ]
    notices = rows(tmp_path, "organisation-compromise-notification")
    assert [(row["sender"], row["recipient"]) for row in notices] == [
        ("Party", "DCC"),
        ("DCC", "SMKI PMA"),
        ("DCC", "Security Sub-Committee"),
        ("DCC", "Party"),
        ("DCC", "Registration Data Provider"),
    ]
    assert {(row["key"], row["kind"], row["certainty"]) for row in notices} == {
        ("supplier.DS", "ii", "actual")
    }
    progress = rows(tmp_path, "organisation-compromise-recovery-progress")
    seen = [(row["state"], row["relevant"], row["commanded"], row["recovered"]) for row in progress]
    assert seen == [
        ("Event A", "6", "0", "0"),
        ("ceremony", "6", "0", "0"),
        ("executing", "6", "6", "6"),
        ("read back", "6", "6", "6"),
        ("reported", "6", "6", "6"),
    ]


async def test_the_root_key_has_files_of_the_other_kind(tmp_path: Path) -> None:
    await rehearse(ROOT_STORY, tmp_path)
    names = sorted(path.name for path in (tmp_path / "notices").iterdir())
    assert names == [
        "other-compromise-notification.csv",
        "other-compromise-recovery-progress.csv",
        "relevant-devices.csv",
    ]
    progress = rows(tmp_path, "other-compromise-recovery-progress")
    assert ("executing", "4", "1", "1") in [
        (row["state"], row["relevant"], row["commanded"], row["recovered"]) for row in progress
    ]


async def test_parties_are_told_by_category_and_by_name(tmp_path: Path) -> None:
    text = (STORIES / "followed.yaml").read_text()
    story = tmp_path / "story.yaml"
    story.write_text(
        text.replace("to: [SMKI PMA, Party]", "to: [SMKI PMA, Gas Network Parties, {party: alpha}]")
    )
    run = await rehearse(load_story(str(story)), tmp_path / "run")
    assert run.departures() == []
    told = rows(tmp_path / "run", "organisation-compromise-notification")
    assert [row["recipient"] for row in told[1:]] == ["SMKI PMA", "Gas Network Parties", "alpha"]


async def test_a_story_without_a_compromise_has_no_notices(tmp_path: Path) -> None:
    await rehearse(HANDOVER_STORY, tmp_path)
    assert not (tmp_path / "notices").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (FallenName.SUPPLIER_KA, True),
        (FallenName.XML_SIGNING, True),
        (FallenName.RECOVERY, False),
        (FallenName.ISSUING_OCA, False),
        (FallenName.SYMMETRIC, False),
        (FallenName.S1SPKI, False),
    ],
)
def test_which_keys_are_of_an_organisation_certificate(name: FallenName, expected: bool) -> None:
    assert of_organisation(name) is expected


def test_what_somebody_found_is_no_formula_and_hides_nothing() -> None:
    rows = [
        RelevantRow(
            case=text,
            device=EntityId(bytes(8)),
            type="ESME",
            smi_status="",
            responsible_supplier="",
            network_operator="",
            reason="",
            cells="",
        )
        for text in ("=1+1", "a\u202eb")
    ]
    lines = as_csv(rows).splitlines()
    assert [line.partition(",")[0] for line in lines[-2:]] == ["'=1+1", "a\\u202eb"]
