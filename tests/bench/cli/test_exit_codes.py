"""Every ending has its code, one line that says why, and no traceback unless asked for."""

from pathlib import Path
from typing import Any

import pytest

from firmware_sim import __main__ as door
from firmware_sim.bench.cli import drill, main
from firmware_sim.bench.drills.runner import DrillEnding
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.outcome import DevicesVerdict, ProcedureVerdict, RunVerdicts

STORY = "root-compromise-contingency"


def run_story(folder: Path, *options: str) -> int:
    return main.run([*options, "drill", "run", STORY, "--out", str(folder / "run")])


@pytest.fixture
def ends_with(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the runner end in a given way."""

    def choose(ending: RunVerdicts | BaseException) -> None:
        async def run_drill(*args: object, **kwargs: object) -> DrillEnding:
            if isinstance(ending, BaseException):
                raise ending
            return DrillEnding(ending, ("a rule was broken [SEC L10.3]",))

        monkeypatch.setattr(drill, "run_drill", run_drill)

    return choose


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (RunVerdicts(None, DevicesVerdict.RIGHT), 0),
        (RunVerdicts(None, DevicesVerdict.WRONG), 1),
        (RunVerdicts(None, DevicesVerdict.NOT_AS_DECLARED), 1),
        (KeyboardInterrupt(), 2),
        (RunVerdicts(None, DevicesVerdict.UNKNOWN), 3),
        (BenchError("no broker answers at host:1883", "start one"), 3),
        (ZeroDivisionError("division by zero"), 3),
        (UsageError("'x' is no target", "use memory"), 4),
        (RunVerdicts(None, DevicesVerdict.NOT_ASKED), 5),
        (RunVerdicts(ProcedureVerdict.NOT_FOLLOWED, DevicesVerdict.RIGHT), 6),
    ],
)
def test_every_ending_of_a_drill_has_its_code(
    ends_with: Any, tmp_path: Path, ending: RunVerdicts | BaseException, code: int
) -> None:
    ends_with(ending)
    assert run_story(tmp_path) == code
    # Who has pressed Ctrl-C does not wait for a report; `drill report` makes it.
    is_waited_for = not isinstance(ending, KeyboardInterrupt)
    assert (tmp_path / "run" / "report.html").is_file() is is_waited_for


def test_an_exception_in_the_bench_stands_in_the_report(
    ends_with: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ends_with(BenchError("no broker answers at host:1883", "start one"))
    run_story(tmp_path)
    out = capsys.readouterr()
    reason = "no broker answers at host:1883; start one."
    assert reason in " ".join(out.out.split())
    assert reason in (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "Traceback" not in out.out + out.err


def test_a_traceback_is_printed_with_vv(
    ends_with: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ends_with(ZeroDivisionError("division by zero"))
    run_story(tmp_path, "-vv")
    out = capsys.readouterr()
    assert "Traceback" in out.err
    assert "run_drill" in out.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["drill", "run", STORY, "--no-such-option"],
        ["drill", "run", STORY, "--premises", "none"],
        ["drill", "run", STORY, "--premises", "0"],
        ["drill", "run"],
        ["drill", "sing"],
        ["no-such-group"],
        ["drill", "run", "no-such-story"],
        ["drill", "run", "no-such-file.yaml"],
        ["drill", "run", STORY, "--target", "carrier-pigeon"],
        ["image", "show", "no-such-file"],
        ["image", "show", "."],
    ],
)
def test_a_wrong_command_line_ends_with_the_usage_code(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main.run(arguments) == 4
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.startswith("firmware-sim: ")
    assert len(out.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_is_none_of_those_allowed_is_told_in_words_of_a_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.run(["evidence", "sign", ".", "--key", "k.pem", "--as", "captain"]) == 4
    told = capsys.readouterr().err
    assert "Invalid value for '--as': 'captain' is not one of 'officer', 'witness';" in told
    assert "Value error" not in told


def test_a_usage_error_names_the_help_option(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["drill", "run", "--no-such-option"])
    assert "see firmware-sim drill run --help" in capsys.readouterr().err


def test_the_console_script_exits_with_the_code_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["firmware-sim", "no-such-group"])
    with pytest.raises(SystemExit) as ending:
        door.main()
    assert ending.value.code == 4


@pytest.mark.parametrize("arguments", [["--help"], ["drill", "--help"], ["--version"]])
def test_help_ends_with_exit_code_0(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(arguments) == 0
    assert "firmware-sim" in capsys.readouterr().out


def test_a_run_folder_that_cannot_be_made_is_an_error_of_the_bench(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").write_text("in the way")
    assert run_story(tmp_path) == 3
    assert "choose another --out" in capsys.readouterr().err


def test_an_exception_of_the_operating_system_names_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(folder: Path, **_options: bool) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(drill, "report_again", unreadable)
    assert main.run(["drill", "report", str(tmp_path)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"firmware-sim: {tmp_path}: Permission denied; check the path and its permissions"
    )
