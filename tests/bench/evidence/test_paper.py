"""On paper: every page says of which run it is, and a signature is tied to the ledger's digest."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence.chain import follow_chain
from firmware_sim.bench.evidence.folder import REPORT_NAME
from firmware_sim.bench.evidence.html import render
from firmware_sim.bench.evidence.opening import opened
from firmware_sim.bench.evidence.paper import css_string
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.tables import TABLES


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Seed 1", '"Seed 1"'),
        ('a"; } </style><script>', '"a\\22 \\3b  \\7d  \\3c \\2f style\\3e \\3c script\\3e "'),
        ("a\\\n\u202eb", '"a\\5c \\a \\5c u202eb"'),
        ("£", '"\\a3 "'),
    ],
    ids=["plain", "ends", "controls", "letters"],
)
def test_text_of_others_stays_text_in_a_margin(text: str, written: str) -> None:
    assert str(css_string(text)) == written


def test_the_digest_is_that_of_the_whole_chain_and_of_the_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert run(["drill", "run", "root-compromise-contingency", "--out", str(folder)]) == 0
    with opened(folder, packed=True) as database:
        head, broken = follow_chain(database, TABLES)
    assert (read_record(folder).head, broken) == (head, None)
    digest = head.digest.hex()
    page = (folder / REPORT_NAME).read_text("utf-8")
    assert page.count(digest) == 2, "at the foot of every page, and where it is signed"
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["head"] == digest
    capsys.readouterr()
    assert run(["evidence", "verify", str(folder), "--replay", "0"]) == 0
    assert f"digest {digest}" in " ".join(capsys.readouterr().out.split())


def test_a_warning_does_not_touch_what_stands_below_it(passed_folder: Path) -> None:
    page = render(read_record(passed_folder))
    assert ".banners .banner:not(:last-child) { margin-bottom: .8rem; }" in page
