"""A log keeps results for the same campaign, survives a torn line, and refuses other files."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.campaign.result_log import ResultLog
from firmware_sim.bench.experiments.sweep.result import CaseResult, Failure

FORM = TypeAdapter(list[CaseResult])
CAMPAIGN = {"experiment": "sweep", "effort": "quick"}


def log(path: Path, **changed: str) -> ResultLog[list[CaseResult]]:
    return ResultLog(path, {**CAMPAIGN, **changed}, FORM)


def result(name: str) -> list[CaseResult]:
    found = CaseResult(name, f"{name}@tiny:4:ff:full", cuts=7, seconds=0.25)
    found.fail(Failure(f"{name}@tiny:4:ff:full#0:after:0", "the device starts", "it does not"))
    return [found]


def test_results_read_back_as_they_were(tmp_path: Path) -> None:
    first = log(tmp_path / "j")
    first.add("a", result("a"))
    first.add("b", result("b"))
    assert log(tmp_path / "j").results == {"a": result("a"), "b": result("b")}


def test_line_that_was_not_written_to_its_end_is_dropped_and_the_next_is_whole(
    tmp_path: Path,
) -> None:
    path = tmp_path / "j"
    first = log(path)
    first.add("a", result("a"))
    whole = path.read_bytes()
    first.add("b", result("b"))
    path.write_bytes(path.read_bytes()[:-9])
    torn = log(path)
    assert torn.results == {"a": result("a")}
    assert path.read_bytes() == whole
    torn.add("c", result("c"))
    assert log(path).results == {"a": result("a"), "c": result("c")}


@pytest.mark.parametrize("changed", [{"effort": "full"}, {"seed": "1"}])
def test_journal_of_another_campaign_is_refused_and_stays_as_it_is(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    path = tmp_path / "j"
    log(path).add("a", result("a"))
    before = path.read_bytes()
    with pytest.raises(UsageError, match="another campaign"):
        log(path, **changed)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "octets",
    [
        b"\n",
        b"precious",
        b"[]\n",
        b'{"campaign": 1}\n{"trial": "a"}\n',
        b'{"campaign": 1}\n{"trial": "a", "result": [{"operation": 1}]}\n',
        b"\xff\n",
        b"[" * 100_000 + b"\n",
    ],
)
def test_file_that_is_no_journal_is_refused_and_stays_as_it_is(
    tmp_path: Path, octets: bytes
) -> None:
    path = tmp_path / "j"
    path.write_bytes(octets)
    with pytest.raises(UsageError):
        log(path)
    assert path.read_bytes() == octets


def test_a_file_without_end_is_refused_unread_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with path.open("wb") as file:
        file.write(b'{"campaign": 1}\n')
        file.truncate(2**40)
    with pytest.raises(UsageError, match="too many for a result log"):
        log(path)
    assert path.stat().st_size == 2**40


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(UsageError, match="not a regular file"):
            log(path)


def test_what_another_campaign_has_otherwise_is_told_briefly(tmp_path: Path) -> None:
    path = tmp_path / "j"
    log(path, effort="x" * 10_000)
    with pytest.raises(UsageError, match="another campaign") as caught:
        log(path)
    assert len(str(caught.value)) < len(str(path)) + 300
