"""`firmware-sim fleet`: a run, what is looked up in it afterwards, and what is refused."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from firmware_sim.bench.cli.fleet.ending import ending_lines
from firmware_sim.bench.cli.main import run as command
from firmware_sim.bench.evidence.manifest import MANIFEST_NAME, stored_files
from firmware_sim.bench.experiments.fleet import recorded_fleet, shard
from firmware_sim.bench.experiments.fleet.finishing import SUMMARY_NAME
from tests.bench.drills.wave_stories import text_of

UNREACHABLE = text_of(top="links: {unreachable: {count: 2}}\n", after="")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet of twelve devices, of which two cannot be reached; all of them are sampled."""
    folder = tmp_path_factory.mktemp("fleet")
    story, run = folder / "story.yaml", folder / "run"
    story.write_text(UNREACHABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shard, "JUDGED_OF", 1)
        words = ["fleet", "run", str(story), "--devices", "13", "--workers", "1", "--out", str(run)]
        assert command(words) == 5  # two devices are outstanding
    return run


def test_a_run_says_what_became_of_its_devices_and_judges_a_sample(finished: Path) -> None:
    summary = json.loads((finished / SUMMARY_NAME).read_text())
    assert summary["outcomes"] == {"recovered": 10, "unreachable": 2}
    assert (summary["devices"], summary["remainder"], summary["stuck"]) == (12, 1, 2)
    assert summary["judged"]["unequal"] == []


def test_a_second_run_in_the_folder_is_a_mistake_of_the_user(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(folder: Path) -> str:
        words = ["fleet", "run", str(finished.parent / "story.yaml"), "--devices", "12"]
        assert command([*words, "--out", str(folder)]) == 4
        return capsys.readouterr().err

    assert "already holds a run; choose another --out" in told(finished)
    cut = tmp_path / "cut"
    shutil.copytree(finished, cut)
    (cut / MANIFEST_NAME).unlink()
    assert "it was cut off: add --resume to go on with it, or choose" in told(cut)


def test_a_run_tells_both_verdicts_and_no_empty_reason(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["fleet", "run", str(finished.parent / "story.yaml"), "--devices", "12"]
    assert command([*words, "--workers", "1", "--out", str(tmp_path / "run")]) == 5
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Devices outstanding. No device did wrong; some could not")
    assert lines[1].startswith("Procedure nothing to follow: No key was declared")
    assert lines[2].startswith("Devices outstanding: Every device that was asked did right")


def test_a_run_says_how_many_processes_it_had_and_what_their_start_took(finished: Path) -> None:
    cost = json.loads((finished / SUMMARY_NAME).read_text())["cost"]
    assert cost["processes"] == 1
    assert cost["starting_seconds"] > 0
    assert cost["orders"] == 10  # one command for each device that can be reached
    assert 0 < cost["orders_seconds"] < cost["cpu_seconds"]


def test_devices_that_are_stuck_are_listed(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["fleet", "list", str(finished), "--outcome", "unreachable", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["outcome"] for row in rows} == {"unreachable"}
    assert {row["reason"] for row in rows} == {
        "unreachable: the story lets no message through to this device (4 attempts)"
    }
    assert len(rows) == 2
    assert command(["fleet", "list", str(finished), "--outcome", "lost", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--outcome", "losst", "did you mean 'lost'?; use different, failed, lost, not asked, unr"),
        ("--outcome", "recovered", "is none of this run"),
        ("--type", "gsm", "did you mean 'GSME'?"),
        ("--supplier", "aplha", "is none of this run"),
        ("--region", "nowhere", "is none of this run"),
    ],
    ids=["outcome", "no outcome of the list", "type", "supplier", "region"],
)
def test_a_misspelt_value_gives_no_empty_list(
    option: str, value: str, said: str, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["fleet", "list", str(finished), option, value]) == 4
    found = capsys.readouterr()
    assert said in " ".join(found.err.split())
    assert found.out == ""


def test_a_file_that_is_there_is_not_written_over(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.csv"
    assert command(["fleet", "list", str(finished), "--csv", str(file)]) == 0
    assert file.read_text().startswith("device,")
    file.write_text("mine")
    assert command(["fleet", "list", str(finished), "--csv", str(file)]) == 4
    assert "is there already; choose another name" in " ".join(capsys.readouterr().err.split())
    assert file.read_text() == "mine"


def test_a_type_may_be_written_in_small_letters(finished: Path) -> None:
    kind = (finished / "stuck.csv").read_text().splitlines()[1].split(",")[1]
    assert command(["fleet", "list", str(finished), "--type", kind.lower()]) == 0


def test_the_report_of_the_governance_drill_says_that_it_is_not_the_fleets(finished: Path) -> None:
    page = (finished / "report.html").read_text("utf-8")
    assert "<title>Governance drill of a fleet. " in page
    assert '<a href="fleet.html">fleet.html</a>' in page
    assert "Governance drill" not in (finished / "fleet.html").read_text("utf-8")


def test_a_run_in_json_has_its_exit_code_and_a_resumption_of_nothing_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story, run = tmp_path / "story.yaml", tmp_path / "run"
    story.write_text(UNREACHABLE)
    words = ["fleet", "run", str(story), "--devices", "12", "--out", str(run), "--workers", "1"]
    assert command([*words, "--resume", "--json"]) == 5
    said = capsys.readouterr()
    assert json.loads(said.out)["exit_code"] == 5
    assert f"{run} holds nothing to resume: the run begins." in said.err.replace("\n", " ")


def test_a_resumption_without_a_folder_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["fleet", "run", "root-compromise-contingency", "--devices", "12", "--resume"]
    assert command(words) == 4
    assert "name it by --out" in capsys.readouterr().err


def test_any_device_is_shown_with_its_messages_and_its_image(
    finished: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    stuck = (finished / "stuck.csv").read_text().splitlines()[1].split(",")[0]
    image = tmp_path / "device.bin"
    words = ["fleet", "show", str(finished), "--device", stuck, "--json", "--image", str(image)]
    assert command(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["device"], found["outcome"], found["messages"]) == (stuck, "unreachable", [])
    assert len(image.read_bytes()) == 32768
    assert found["reason"].startswith("unreachable: the story lets no message through")
    assert command(words[:5]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"Why: {found['reason']}"
    assert command(["fleet", "show", str(finished), "--device", "0011223344556677"]) == 4
    assert "the fleet has no device 00" in capsys.readouterr().err


@pytest.mark.parametrize("device", ["0011223344556677", "{stuck}"])
def test_a_device_that_the_fleet_does_not_have_is_refused_before_anything_is_planned(
    device: str, finished: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(*_: object) -> None:
        raise AssertionError("the plan was made again")

    monkeypatch.setattr(recorded_fleet, "plan_fleet", plan)
    stuck = (finished / "stuck.csv").read_text().splitlines()[1].split(",")[0]
    asked = f"{stuck[:10]}ffffff" if "{" in device else device
    assert command(["fleet", "show", str(finished), "--device", asked]) == 4
    assert f"the fleet has no device {asked}" in capsys.readouterr().err


def test_its_end_tells_waves_attacker_and_costs(finished: Path) -> None:
    summary = json.loads((finished / "summary.json").read_text("utf-8"))
    wave = {
        "step": "recovery", "wave": "canary", "devices": 9, "recovered": 7, "failed": 1,
        "unreachable": 1, "not_asked": 0,
    }  # fmt: skip
    attack = {"commands": 90, "devices": 9, "changed": 2, "won_back": 1, "lost": 1}
    total = {"replace": 2, "renew": 0, "unpriced": 0, "pence": 651_00}
    prices = {"recovery_event": False, "suppliers": {"alpha": total}, "total": total}
    told = list(
        ending_lines(
            {
                **summary, "waves": [wave], "wave_sentences": ["A stop fired."],
                "attack": attack, "prices": prices,
            }
        )
    )  # fmt: skip
    assert "Wave canary of recovery, 9 devices: 7 recovered, 1 failed and 1 unreachable" in told
    assert "A stop fired." in told
    assert told[-3] == (
        "The attacker: 90 commands to 9 devices; 2 devices held something of the attacker's own: "
        "1 won back, 1 lost for good"
    )
    assert told[-2] == (
        "Costs at assumed prices, 2 devices (no Recovery Event, no Recovery Cost): £651.00, of "
        "alpha £651.00"
    )


def test_the_page_is_dated_and_signed_and_counts_in_pounds(finished: Path) -> None:
    page = " ".join((finished / "fleet.html").read_text("utf-8").split())
    digest = json.loads((finished / "manifest.json").read_text("utf-8"))["head"]
    summary = json.loads((finished / "summary.json").read_text("utf-8"))
    assert page.count(digest) == 2
    assert f'<code class="digest">{summary["results"]}</code>' in page
    assert "Run on " in page
    assert "<dt>Officer</dt>" in page
    assert "Assumed price</th>" in page
    assert "pence" not in page
    assert f"{summary['to_recover']:,} {summary['to_recover_words']}" in page


def test_its_evidence_is_verified_by_running_a_shard_again(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(["evidence", "verify", str(finished), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["outcome"], found["replayed"], found["agree"]) == ("intact", 12, 12)


def test_a_row_that_was_altered_is_found(
    finished: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = finished / "fleet.sqlite"
    before, digests = path.read_bytes(), stored_files(finished)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE shard SET content = replace(content, ' 12,', ' 13,')")
    # As if the manifest were made anew: what is left to find it is the chain.
    monkeypatch.setattr("firmware_sim.bench.evidence.verifying.stored_files", lambda _: digests)
    try:
        assert command(["evidence", "verify", str(finished), "--replay", "0"]) == 1
    finally:
        path.write_bytes(before)
    assert "fleet.sqlite, shard row" in capsys.readouterr().out


def test_a_fleet_too_small_for_what_its_story_draws_is_told_how_many_would_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    story, out = tmp_path / "story.yaml", tmp_path / "run"
    story.write_text(text_of(top="links: {unreachable: {count: 40}}\n", after=""))
    words = ["fleet", "run", str(story), "--out", str(out), "--workers", "1", "--devices"]
    assert command([*words, "12"]) == 4
    said = " ".join(capsys.readouterr().err.split())
    assert "40 devices asked for, and there are 12 to draw from; --devices 48 would do" in said
    assert command([*words, "48"]) == 5


def test_a_story_that_names_a_device_by_its_number_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A fleet draws its devices; no key of a story takes the number of one."""
    story, out = tmp_path / "story.yaml", tmp_path / "run"
    story.write_text(text_of("    device: 3\n", after=""))
    words = ["fleet", "run", str(story), "--devices", "12", "--out", str(out)]
    assert command(words) == 4
    said = capsys.readouterr().err
    assert "device" in said
    assert "line 14" in said
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["--devices", "0"], 4, "0 devices make no premises"),
        (["--devices", "60000000"], 4, "have no identifiers"),
        (["--devices", "12", "--scheduler", "tcp://127.0.0.1:9"], 4, "--scheduler is Dask's"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    words: list[str], code: int, problem: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    story, out = tmp_path / "story.yaml", tmp_path / "run"
    story.write_text(UNREACHABLE)
    assert command(["fleet", "run", str(story), "--out", str(out), *words]) == code
    assert problem in capsys.readouterr().err
    assert not out.exists()
