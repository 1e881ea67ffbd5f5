"""``firmware-sim engine`` and ``bench engine``: which engine there is, and what it costs."""

import hashlib
import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli import benchmark_engine, main
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.progress import Silent
from firmware_sim.hw.build import ready_made
from firmware_sim.hw.build.engine import sources_digest
from firmware_sim.hw.engine import finding
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.library import EngineLibrary
from tests.requirements import require_engine


def test_info_names_the_engine_and_what_it_was_made_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    require_engine()
    assert main.run(["engine", "info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["sources"] == sources_digest()
    assert found["sources_are_the_firmwares"] is True
    assert "OpenSSL" in found["cryptography"]
    assert Path(found["file"]).is_file()


def test_a_built_engine_can_be_put_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = require_engine()
    out = tmp_path / "engine.so"
    assert main.run(["engine", "build", "--out", str(out)]) == 0
    assert out.read_bytes() == engine.read_bytes()
    assert "OpenSSL" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"whole", "--target native uses the one that the wheel brings"),
        (b"damaged", "engine.so is damaged"),
    ],
)
def test_a_built_engine_says_that_the_wheels_is_used(
    octets: bytes,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    require_engine()
    digest = hashlib.sha256(b"whole").hexdigest()
    (tmp_path / ready_made.DIGESTS).write_text(f"{digest}  engine.so\n")
    (tmp_path / "engine.so").write_bytes(octets)
    monkeypatch.setattr(ready_made, "FOLDER", tmp_path)
    assert main.run(["engine", "build", "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["from"].startswith("built here")
    assert found["used_by_target_native"] is False
    assert "This engine is not used: " in err
    assert why in " ".join(err.split())


def test_a_wheels_engine_that_is_none_is_mended_by_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "engine.so"
    path.write_bytes(b"none")
    with pytest.raises(EngineError, match="firmware-sim engine build makes it anew"):
        EngineLibrary(path)
    monkeypatch.setattr(ready_made, "FOLDER", tmp_path)
    with pytest.raises(EngineError, match="install the wheel anew"):
        EngineLibrary(path)


def test_without_an_engine_one_line_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none() -> Path:
        raise EngineError("there is no native engine: no C compiler", "apt install gcc")

    monkeypatch.setattr(finding, "build_engine", none)
    monkeypatch.setattr(finding, "ready_made_file", lambda _: None)
    assert main.run(["engine", "info"]) == 3
    said = capsys.readouterr().err
    assert "there is no native engine" in said
    assert "apt install gcc" in said
    assert "Traceback" not in said


def test_bench_engine_sets_native_and_python_beside_the_floor_of_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    require_engine()
    monkeypatch.setattr(benchmark_engine, "measured_board", lambda _: "not in this test")
    assert main.run(["bench", "engine", "--devices", "2", "--rounds", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {(row["engine"], row["shared"]) for row in found["handling"]}
    assert rows == {
        *(("native", name) for name in ("nothing shared", "shared facts")),
        ("native", "shared facts and tables"),
        *(("Python", name) for name in ("nothing shared", "shared facts")),
    }
    assert all(row["crypto_floor"] > 0 for row in found["handling"])
    assert found["board"] == "not in this test"


def test_a_board_that_cannot_be_measured_is_said_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(*_: object) -> None:
        raise BenchError("no emulator", "apt install qemu-system-arm")

    monkeypatch.setattr(benchmark_engine, "firmware_for", none)
    assert "no emulator" in str(benchmark_engine.measured_board(Silent()))
