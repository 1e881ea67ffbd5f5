"""What docs/messages.md shows is what the program takes and prints."""

import re
from pathlib import Path

from typer.testing import CliRunner

from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.cli.message.order import read_order
from tests.ground.tree import ROOT

_PAGE = (ROOT / "docs" / "messages.md").read_text("utf-8")
_COMMAND = (
    "df0901000000000000000708024653000000000208024653110000000000020008"
    "10300e300702010203020780300302010000"
)


def test_every_documented_description_is_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", _PAGE, re.DOTALL)
    assert len(blocks) == 5
    file = tmp_path / "order.yaml"
    for block in blocks:
        file.write_text(block)
        assert read_order(file).use_case in block


def test_the_documented_output_is_what_decode_prints() -> None:
    for text in (_COMMAND, "df0904" + _COMMAND[6:]):
        result = CliRunner().invoke(app, ["decode", "-"], input=text, env={"NO_COLOR": "1"})
        shown = "\n".join(line.rstrip() for line in result.stdout.splitlines())
        assert shown.rstrip() in _PAGE


def test_every_documented_verb_exists() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    for verb in re.findall(r"^\| `([a-z-]+)` \|", _PAGE, re.MULTILINE):
        assert f" {verb} " in shown
