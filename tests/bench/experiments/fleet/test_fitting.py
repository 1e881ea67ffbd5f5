"""What does not fit is refused before anything is made, with the estimate; Python says how long."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware_sim.bench.cli.main import run as command
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.experiments.fleet import fitting, working
from firmware_sim.bench.experiments.fleet.census import Size
from firmware_sim.bench.experiments.fleet.fitting import FleetNeeds, check_fit
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.engine import finding
from firmware_sim.hw.errors import HardwareError
from tests.bench.drills.wave_stories import story_of, text_of

TYPES = (DeviceType.ESME, DeviceType.GSME, DeviceType.GPF)


def needs(premises: int, workers: int = 2, *, is_native: bool = True) -> FleetNeeds:
    story = story_of(after="")
    return FleetNeeds.of(story, Size(premises, TYPES), workers, is_native=is_native)


def machine(monkeypatch: pytest.MonkeyPatch, *, memory: int, disk: int) -> None:
    """With so many octets of memory, and so many left on its disk."""
    pages = {"SC_PHYS_PAGES": memory // 4096, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(fitting, "sysconf", pages.__getitem__)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=disk))


def test_a_million_devices_are_estimated_within_a_factor_of_two_of_what_they_took() -> None:
    """Measured with two workers, and written down in docs/fleet.md: 503 MB, and 349 µs a device."""
    found = needs(333_333)
    assert 503e6 / 2 < found.memory < 503e6 * 2
    assert 349 / 2 < 2 * found.seconds < 349 * 2


@pytest.mark.parametrize(
    ("memory", "disk", "problem", "mend"),
    [
        (500_000_000, 1 << 50, "about 4 min, 0.8 GB of memory .* machine has 0.5 GB", "--workers"),
        (1 << 40, 50_000_000, r"0.09 GB of disk, and .* has 0.05 GB left", "--out"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_estimate(
    memory: int, disk: int, problem: str, mend: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine(monkeypatch, memory=memory, disk=disk)
    with pytest.raises(BenchError, match=problem) as caught:
        check_fit(needs(333_333), tmp_path / "no" / "such" / "folder")
    assert mend in str(caught.value)


def test_what_fits_is_not_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine(monkeypatch, memory=1_000_000_000, disk=100_000_000)
    check_fit(needs(333_333), tmp_path)


def test_a_run_that_does_not_fit_makes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine(monkeypatch, memory=100_000_000, disk=1 << 50)
    story, out = tmp_path / "story.yaml", tmp_path / "run"
    story.write_text(text_of(after=""))
    words = ["fleet", "run", str(story), "--devices", "12", "--workers", "1", "--out", str(out)]
    assert command(words) == 3
    assert "this machine has 0.1 GB of memory" in capsys.readouterr().err
    assert not out.exists()


def no_engine() -> Path:
    raise HardwareError("no C compiler", "apt install gcc")


def test_without_the_engine_python_runs_the_fleet_and_says_how_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story, out = tmp_path / "story.yaml", tmp_path / "run"
    story.write_text(text_of(after=""))
    words = ["fleet", "run", str(story), "--devices", "12", "--workers", "1", "--json"]
    assert command([*words, "--out", str(tmp_path / "native")]) == 0
    native = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(finding, "ready_made_file", lambda _: None)
    monkeypatch.setattr(finding, "build_engine", no_engine)
    working._engines.cache_clear()
    assert command([*words, "--out", str(out)]) == 0
    working._engines.cache_clear()
    said = capsys.readouterr()
    python = json.loads(said.out)
    assert "In Python it will take about 1 min" in said.err
    assert "no C compiler" in said.err
    assert python["cost"]["engines"] == ["python"]
    assert python["judged"]["devices"] == 0
    assert python["results"] == native["results"]


def test_python_is_estimated_to_take_ten_times_as_long() -> None:
    assert needs(1000, is_native=False).seconds == pytest.approx(10 * needs(1000).seconds)
    assert "about 42 min" in str(needs(333_333, is_native=False))
