"""What docs/messages.md shows is what the program takes and prints."""

import json
import re
from pathlib import Path
from textwrap import wrap

from typer.testing import CliRunner

from firmware_sim.bench.cli.message.group import app
from firmware_sim.bench.cli.message.order import read_order
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId
from tests.ground.tree import ROOT

_PAGE = (ROOT / "docs" / "messages.md").read_text("utf-8")
_COMMAND = (
    "df0901000000000000000708024653000000000208024653110000000000020008"
    "10300e300702010203020780300302010000"
)


def test_every_documented_description_is_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", _PAGE, re.DOTALL)
    assert len(blocks) == 6
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


def test_the_signed_command_and_the_key_store_of_the_page_are_those_of_the_pki(
    tmp_path: Path,
) -> None:
    pki = DrillPki.generate(1)
    pki.save(tmp_path / "my-pki")
    order = next(text for text in _blocks("yaml") if "counter: 1796000000000" in text)
    (tmp_path / "signed.yaml").write_text(order)
    words = [str(tmp_path / "signed.yaml"), "--pki", str(tmp_path / "my-pki")]
    built = CliRunner().invoke(app, ["build", *words]).stdout.strip()
    assert "\n".join(wrap(built, 96)) in _PAGE
    (entry,) = json.loads(_blocks("json")[0])
    supplier = pki.party(RemotePartyRole.SUPPLIER)
    assert entry["entity"] == str(supplier.entity_id)
    certificate = pki.cell_certificate(TrustAnchorCellId.parse("supplier.DS"), 1, 1)
    assert entry["certificate"] == certificate.octets.hex()


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", _PAGE, re.DOTALL)
