"""The help of every verb of a drill has an example, and fits a narrow terminal."""

import pytest

from firmware_sim.bench.cli import drill
from firmware_sim.bench.cli.main import run

VERBS = sorted(
    str(each.name or (each.callback and each.callback.__name__))
    for each in drill.app.registered_commands
)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("verb", VERBS)
def test_the_help_has_an_example_in_one_line_and_fits(
    verb: str, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert run(["drill", verb, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    (example,) = [line.strip() for line in lines if "Example: " in line]
    assert example.startswith(f"Example: firmware-sim drill {verb}")
    assert "…" not in "".join(lines)


def test_the_verbs_of_authors_are_there() -> None:
    assert {"list", "show", "check", "schema"} <= set(VERBS)
