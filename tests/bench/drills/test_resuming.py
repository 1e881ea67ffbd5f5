"""A drill that was killed goes on to the end that it would have had, and sends nothing twice."""

import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills import resuming
from firmware_sim.bench.drills.story_file import story_source
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence import database
from firmware_sim.bench.evidence import ledger as ledger_module
from firmware_sim.bench.evidence.folder import LEDGER_NAME, write_image
from firmware_sim.bench.evidence.holding import Hold
from firmware_sim.bench.evidence.manifest import MANIFEST_NAME
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.run_info import versions
from firmware_sim.bench.files.whole_files import cannot_write
from firmware_sim.gbcs.identifiers import EntityId
from tests.bench.drills.cut_off import (
    AFTER_THE_LEDGER,
    Row,
    commands_sent,
    head_rows,
    images,
    killed,
    number_of_rows,
    rows,
)
from tests.bench.drills.rehearsal import HANDOVER_STORY, SUPPLIER_STORY
from tests.bench.drills.wave_stories import text_of
from tests.bench.evidence.rehearsal import run_info

Captured = pytest.CaptureFixture[str]


def undisturbed(story: str, folder: Path, *options: str) -> Path:
    run(["drill", "run", story, "--out", str(folder), *options])
    return folder


@pytest.fixture(scope="module")
def handover(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return undisturbed(HANDOVER_STORY, tmp_path_factory.mktemp("whole") / "run")


def verdicts(folder: Path) -> tuple[object, ...]:
    record = json.loads((folder / "record.json").read_text("utf-8"))
    return record["verdicts"], record["run"]["outcome"], record["run"]["exit_code"]


def assert_equal(resumed: Path, whole: Path) -> None:
    """All that the ledger holds, but for the bench's own clock; images; both verdicts."""
    assert rows(resumed) == rows(whole)
    assert commands_sent(resumed) == commands_sent(whole)
    assert images(resumed) == images(whole)
    assert verdicts(resumed) == verdicts(whole)
    assert run(["evidence", "verify", str(resumed), "--replay", "0"]) == 0


def cut_and_resumed(story: str, folder: Path, moment: int, *options: str) -> int:
    killed(["drill", "run", story, "--out", str(folder), *options], moment)
    return run(["drill", "resume", str(folder)])


@pytest.mark.parametrize("place", ["in its first step", "in a transaction", "in its report"])
def test_a_killed_run_ends_as_one_that_nothing_disturbed(
    place: str, handover: Path, tmp_path: Path
) -> None:
    whole = number_of_rows(handover)
    moment = {"in its first step": head_rows(handover) + 20, "in a transaction": -whole // 2}
    chosen = moment.get(place, whole + 3)
    assert cut_and_resumed(HANDOVER_STORY, tmp_path / "run", chosen) == 0
    assert_equal(tmp_path / "run", handover)
    resumed = json.loads((tmp_path / "run" / "record.json").read_text("utf-8"))["resumed"]
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    in_its_midst = int(place != "in its report")
    assert len(resumed) == page.count("It was cut off, and taken up again") == in_its_midst


ROUGH = text_of(
    "    waves: [{share: 50%}, {share: rest}]\n    retry: {attempts: 4, back off: 30m}\n",
    "links: {unreachable: {count: 1}, loss: 20%, duplicate: 20%, late: {share: 20%, minutes: 40}}\n"
    "faults: [{power cut: commit, count: 2}, {bad certificate: supplier.KA, count: 1}]\n",
)


@pytest.mark.parametrize("share", [3, 2])
def test_a_killed_run_over_bad_links_with_waves_and_power_cuts_ends_as_one_undisturbed(
    share: int, tmp_path: Path
) -> None:
    story, options = tmp_path / "rough.yaml", ("--premises", "2")
    story.write_text(ROUGH, "utf-8")
    whole, folder = undisturbed(str(story), tmp_path / "whole", *options), tmp_path / "run"
    ending = verdicts(whole)[2]
    moment = number_of_rows(whole) * (share - 1) // share
    assert cut_and_resumed(str(story), folder, moment, *options) == ending
    assert_equal(folder, whole)
    warnings = json.dumps([row for table, row in rows(whole) if table != "message"], default=str)
    for each in ("lost a command", "delivered a command twice", "power cut", "holds an answer"):
        assert each in warnings


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_fifty_of_fifty_runs_that_are_killed_end_as_one_that_nothing_disturbed(
    seed: int, tmp_path: Path
) -> None:
    story = (HANDOVER_STORY, SUPPLIER_STORY)[seed % 2]
    whole = undisturbed(story, tmp_path / "whole")
    moments = range(head_rows(whole) + 1, number_of_rows(whole) + AFTER_THE_LEDGER + 1)
    for number, moment in enumerate(random.Random(seed).sample(moments, 10)):
        folder = tmp_path / str(number)
        sign = -1 if number % 2 else 1
        assert cut_and_resumed(story, folder, sign * moment) == 0, moment
        assert_equal(folder, whole)


@pytest.mark.slow
def test_a_run_that_is_killed_again_while_it_is_resumed_goes_on_all_the_same(
    handover: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    killed(["drill", "run", HANDOVER_STORY, "--out", str(folder)], 150)
    killed(["drill", "resume", str(folder)], 90)
    assert run(["drill", "resume", str(folder)]) == 0
    assert_equal(folder, handover)
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as opened:
        query = """SELECT step FROM wall_clock WHERE seconds IS NULL
                   GROUP BY step HAVING count(*) > 1"""
        assert opened.execute(query).fetchall()


def test_a_second_run_in_the_folder_is_led_to_what_goes_on_with_the_first(
    handover: Path, tmp_path: Path, capsys: Captured
) -> None:
    def told(folder: Path) -> str:
        capsys.readouterr()
        assert run(["drill", "run", HANDOVER_STORY, "--out", str(folder)]) == 4
        return capsys.readouterr().err

    cut, early = tmp_path / "cut", tmp_path / "early"
    killed(["drill", "run", HANDOVER_STORY, "--out", str(cut)], 150)
    assert f"go on with it by firmware-sim drill resume {cut}, or choose" in told(cut)
    killed(["drill", "run", HANDOVER_STORY, "--out", str(early)], 1)
    assert "cut off before its first row: remove it, or choose another" in told(early)
    assert told(handover).endswith(f"{handover} already holds a run; choose another --out\n")


def test_a_run_killed_before_its_first_row_says_so_and_cannot_go_on(
    tmp_path: Path, capsys: Captured
) -> None:
    folder = tmp_path / "run"
    assert cut_and_resumed(HANDOVER_STORY, folder, 1) == 4
    assert "holds no run yet: it was cut off before its first row" in capsys.readouterr().err


def of_each_device(folder: Path) -> list[Row]:
    """Rows without the numbers by which devices took turns."""
    taken_in_turns = {"message", "refusal", "verdict"}
    found = ((table, row[table in taken_in_turns :]) for table, row in rows(folder))
    return sorted(found, key=repr)


@pytest.mark.slow
@pytest.mark.usefixtures("emulated_board_tools", "engine")
@pytest.mark.parametrize("target", ["mqtt", "native", "board:mps2-an385"])
def test_a_run_on_another_target_goes_on_though_devices_answer_in_another_order(
    target: str, tmp_path: Path
) -> None:
    options = ("--target", target, "--premises", "2")
    whole = undisturbed(HANDOVER_STORY, tmp_path / "whole", *options)
    folder = tmp_path / "run"
    moment = number_of_rows(whole) // 2
    assert cut_and_resumed(HANDOVER_STORY, folder, moment, *options) == 0
    assert of_each_device(folder) == of_each_device(whole)
    assert images(folder) == images(whole)


def test_a_run_that_is_over_says_so_and_ends_as_it_ended(handover: Path, capsys: Captured) -> None:
    before = (handover / LEDGER_NAME).read_bytes()
    assert run(["drill", "resume", str(handover), "--json"]) == 0
    told = capsys.readouterr()
    assert f"{handover} was over already" in told.err
    assert json.loads(told.out)["outcome"] == "passed"
    assert (handover / LEDGER_NAME).read_bytes() == before


@pytest.fixture(scope="module")
def first_cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cut") / "run"
    killed(["drill", "run", HANDOVER_STORY, "--out", str(folder)], 200)
    return folder


@pytest.fixture
def cut(first_cut: Path, tmp_path: Path) -> Path:
    """A run that was killed in its midst, for this test alone."""
    return shutil.copytree(first_cut, tmp_path / "run")


def refused(folder: Path, capsys: Captured, *words: str) -> None:
    """Exit code 4, one line with these words, and no row more than before."""
    before = rows(folder)
    capsys.readouterr()
    assert run(["drill", "resume", str(folder)]) == 4
    *_, line = capsys.readouterr().err.splitlines()
    assert all(word in line for word in words), line
    assert rows(folder) == before


def test_a_row_that_was_altered_ends_the_resumption_before_anything_is_written(
    cut: Path, capsys: Captured
) -> None:
    with closing(sqlite3.connect(cut / LEDGER_NAME)) as opened:
        opened.execute("UPDATE verdict SET verdict = 'failed' WHERE id = 2")
        opened.commit()
    refused(cut, capsys, "is altered", "verdict row")


def test_a_record_that_another_run_wrote_is_told_by_its_first_other_row(
    cut: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_time = ledger_module.RunLedger._time
    monkeypatch.setattr(
        ledger_module.RunLedger, "_time", lambda *given: true_time(*given).replace("T09", "T10")
    )
    refused(cut, capsys, LEDGER_NAME, "step row", "is not what playing the run gives")


def test_another_version_does_not_go_on_with_a_run(
    cut: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "versions", lambda: versions() | {"cryptography": "1.0"})
    refused(cut, capsys, "was begun with", "cryptography, and this has 1.0")


def test_a_story_that_was_changed_meanwhile_is_refused(tmp_path: Path, capsys: Captured) -> None:
    story, folder = tmp_path / "mine.yaml", tmp_path / "run"
    text = story_source(HANDOVER_STORY).text
    story.write_text(text, "utf-8")
    killed(["drill", "run", str(story), "--out", str(folder)], 200)
    story.write_text(text.replace("title:", "title: My", 1), "utf-8")
    refused(folder, capsys, f"the story {story} is not what the run was begun with")
    story.unlink()
    assert run(["drill", "resume", str(folder)]) == 0


def test_a_policy_that_was_changed_meanwhile_is_refused(tmp_path: Path, capsys: Captured) -> None:
    policy, folder = tmp_path / "policy.yaml", tmp_path / "run"
    policy.write_text("time_checks: always\n", "utf-8")
    killed(["drill", "run", HANDOVER_STORY, "--policy", str(policy), "--out", str(folder)], 200)
    policy.write_text("time_checks: never\n", "utf-8")
    refused(folder, capsys, f"the policy {policy} is not what the run was begun with")


def test_a_run_that_is_still_written_is_neither_resumed_nor_closed(
    cut: Path, capsys: Captured
) -> None:
    with Hold(cut):
        refused(cut, capsys, f"another process is writing the run in {cut}")
        assert run(["drill", "report", str(cut), "--close"]) == 0
    assert not (cut / MANIFEST_NAME).exists()


def test_what_is_no_ledger_is_refused_in_one_line(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / LEDGER_NAME).write_bytes(b"no database at all, but a text")
    for verb in ("resume", "replay"):
        assert run(["drill", verb, str(tmp_path)]) == 4
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert LEDGER_NAME in said


def test_a_folder_without_a_run_names_the_nearest_that_has_one(
    handover: Path, capsys: Captured
) -> None:
    assert run(["drill", "resume", str(handover.parent / "rum")]) == 4
    assert "holds no run; did you mean 'run'?" in capsys.readouterr().err


def test_a_report_leaves_a_run_that_was_cut_off_open(cut: Path, capsys: Captured) -> None:
    assert run(["drill", "report", str(cut)]) == 0
    assert f"firmware-sim drill resume {cut} goes on" in capsys.readouterr().out
    assert not (cut / MANIFEST_NAME).exists()
    assert run(["evidence", "verify", str(cut)]) == 1
    told = capsys.readouterr().out
    assert told.startswith("Cut off.")
    assert "Altered" not in told
    assert run(["drill", "resume", str(cut)]) == 0
    capsys.readouterr()
    assert run(["evidence", "verify", str(cut)]) == 0


def test_a_run_that_was_closed_meanwhile_does_not_go_on(cut: Path, capsys: Captured) -> None:
    assert run(["drill", "report", str(cut), "--close"]) == 0
    refused(cut, capsys, f"drill report has closed {cut}")


def test_devices_that_live_on_are_not_sent_a_command_twice(
    cut: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "STEP_TITLE", "The supplier may not read the cells yet")
    refused(cut, capsys, "other programs serve devices at memory", "sent commands twice")


def test_a_board_at_the_end_of_a_line_is_not_sent_a_command_twice(first_cut: Path) -> None:
    record = read_record(first_cut)
    record.run = replace(record.run, target="serial:/dev/ttyACM0")
    with pytest.raises(UsageError, match="the board at serial:/dev/ttyACM0 has lived on"):
        resuming.interrupted(record)


def test_a_full_disk_leaves_a_run_that_goes_on_once_there_is_room(
    handover: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_open = database.for_writing

    def small(path: Path) -> sqlite3.Connection:
        opened = true_open(path)
        opened.execute("PRAGMA max_page_count = 34")
        return opened

    folder = tmp_path / "run"
    monkeypatch.setattr(database, "for_writing", small)
    assert run(["drill", "run", HANDOVER_STORY, "--out", str(folder)]) == 3
    assert f"cannot write {folder / LEDGER_NAME}: database or disk is full" in (
        capsys.readouterr().err.replace("\n", " ")
    )
    monkeypatch.undo()
    assert rows(folder) == rows(handover)[: len(rows(folder))]
    assert run(["drill", "resume", str(folder)]) == 0
    assert_equal(folder, handover)


@pytest.mark.parametrize("number", [1, -1])
def test_a_run_that_lacked_room_for_an_image_goes_on_once_there_is_room(
    number: int,
    handover: Path,
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before its first step, and when all was played."""
    left = number if number > 0 else len(images(handover))

    def full(folder: Path, entity: EntityId, phase: str, octets: bytes) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise cannot_write(folder / "images", OSError(ENOSPC, "No space left on device"))
        write_image(folder, entity, phase, octets)

    folder = tmp_path / "run"
    monkeypatch.setattr(ledger_module, "write_image", full)
    assert run(["drill", "run", HANDOVER_STORY, "--out", str(folder)]) == 3
    assert "images: No space left on device" in capsys.readouterr().err.replace("\n", " ")
    assert not (folder / MANIFEST_NAME).exists()
    left = 1
    assert run(["drill", "resume", str(folder)]) == 3  # as long as there is none
    assert not (folder / MANIFEST_NAME).exists()
    monkeypatch.undo()
    assert run(["drill", "resume", str(folder)]) == 0
    assert_equal(folder, handover)


def test_nothing_is_written_after_a_write_that_failed(tmp_path: Path) -> None:
    with ledger_module.RunLedger.create(tmp_path / "run", run_info()) as ledger:
        pages = ledger._database.execute("PRAGMA page_count").fetchone()[0]
        ledger._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            ledger.step("long", "title " * 20_000)
        with pytest.raises(sqlite3.OperationalError, match="full"):
            ledger.step("short", "title")
    assert not [row for row in rows(tmp_path / "run") if row[0] == "step"]


def test_a_run_that_was_interrupted_goes_on_and_ends_as_any_other(
    handover: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    true_step = ledger_module.RunLedger.step
    stop = 6

    def stopping(ledger: ledger_module.RunLedger, name: str, *given: Any, **named: Any) -> int:
        number = true_step(ledger, name, *given, **named)
        if number == stop:
            raise KeyboardInterrupt
        return number

    monkeypatch.setattr(ledger_module.RunLedger, "step", stopping)
    assert run(["drill", "run", HANDOVER_STORY, "--out", str(folder)]) == 2
    stands = rows(folder)
    assert stands[-1][0] == "run_end"
    stop = 4  # before it is where it was: it stands as it stood
    assert run(["drill", "resume", str(folder)]) == 2
    assert rows(folder) == stands
    monkeypatch.undo()
    assert run(["drill", "resume", str(folder)]) == 0
    resumed = rows(folder)
    resumed.remove(stands[-1])
    assert resumed == rows(handover)
    assert verdicts(folder) == verdicts(handover)
    assert run(["evidence", "verify", str(folder), "--replay", "0"]) == 0


def limited(octets: int | None, *arguments: str) -> tuple[int, list[str]]:
    """Another process for which files of over so many octets are a full disk; its last words."""

    def limit() -> None:
        if octets is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))

    done = subprocess.run(
        [sys.executable, "-m", "firmware_sim", *arguments],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize(("octets", "is_begun"), [(150_000, False), (400_000, True)])
def test_resume_speaks_truly_of_a_run_that_a_full_file_system_ended(
    octets: int, is_begun: bool, handover: Path, tmp_path: Path
) -> None:
    """Before its first row, and in its midst; also when the disk is full again."""
    folder = tmp_path / "run"
    code, said = limited(octets, "drill", "run", HANDOVER_STORY, "--out", str(folder))
    assert code == 3
    assert said[-1].startswith(f"firmware-sim: cannot write {folder}/")
    code, said = limited(octets, "drill", "resume", str(folder))
    assert code == (3 if is_begun else 4)
    assert said[-1].startswith("firmware-sim: ")
    code, said = limited(None, "drill", "resume", str(folder))
    if not is_begun:
        assert (code, len(said)) == (4, 1)
        assert "holds no run" in said[0]
        return
    assert code == 0
    assert_equal(folder, handover)
