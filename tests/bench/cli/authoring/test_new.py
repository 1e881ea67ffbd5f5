"""``drill new`` as a user types it, with options and with answers."""

import json
import sys
from io import StringIO
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.authoring.schema import schema_text
from firmware_sim.bench.drills.story_file import load_story

GIVEN = ["--key", "networkOperator", "--method", "3", "--premises", "25"]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", StringIO())


def answer(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))


def test_a_story_from_options_passes_check_runs_and_has_its_schema_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "new", "leak.yaml", *GIVEN]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == (
        "Wrote leak.yaml: the network operator's signing key falls, and is mended by Method 3 "
        "on GPF and ESME."
    )
    assert out[2] == "Play            firmware-sim drill run leak.yaml --premises 25"
    assert run(["drill", "check", "leak.yaml"]) == 0
    assert run(["drill", "run", "leak.yaml", "--out", "run"]) == 0
    assert (tmp_path / "story.schema.json").read_text("utf-8") == schema_text()
    assert "name: leak\n" in (tmp_path / "leak.yaml").read_text("utf-8")


def test_the_same_answers_at_a_terminal_write_the_same_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "given").mkdir()
    assert run(["drill", "new", "given/leak.yaml", *GIVEN]) == 0
    answer(monkeypatch, "4", "9", "3", "", "leak.yaml", "25")
    assert run(["drill", "new"]) == 0
    asked = capsys.readouterr().err
    assert "Which key falls?" in asked
    assert "'9' is not offered" in asked
    given = (tmp_path / "given" / "leak.yaml").read_text("utf-8")
    assert (tmp_path / "leak.yaml").read_text("utf-8") == given


def test_a_person_may_answer_with_a_name_and_take_what_is_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "supplier.DA", "supplier.KA", "2", "esme, gsme", "", "")
    assert run(["drill", "new"]) == 0
    text = (tmp_path / "supplier-ka-method-2.yaml").read_text("utf-8")
    assert "devices: [ESME, GSME]" in text
    assert "--premises 1\n" in text


def test_no_answer_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "4")
    assert run(["drill", "new"]) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_story_that_is_there_is_written_over_only_by_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "leak.yaml"
    mine.write_text("mine\n")
    (tmp_path / "story.schema.json").write_text("mine too\n")
    assert run(["drill", "new", "leak.yaml", *GIVEN]) == 4
    assert "is there already; choose another name, or give --force" in capsys.readouterr().err
    assert mine.read_text() == "mine\n"
    assert run(["drill", "new", "leak.yaml", "--force", *GIVEN]) == 0
    assert mine.read_text() != "mine\n"
    assert (tmp_path / "story.schema.json").read_text() == "mine too\n"


def test_a_link_to_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "leak.yaml").symlink_to("elsewhere")
    assert run(["drill", "new", "leak.yaml", *GIVEN]) == 4
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--key and --method are missing, and there is no terminal to ask at"),
        (["--key", "supplier"], "--method is missing, and there is no terminal to ask at"),
        (["--method", "3"], "--key is missing"),
        (["--key", "suplier.DS"], "'suplier.DS' is not offered here; did you mean 'supplier.DS'?"),
        (["--key", "netwrokOperator"], "; did you mean 'networkOperator'?; give one of"),
        (["--key", "netwrokOperator.KA"], "; did you mean 'networkOperator.KA'?; give one of"),
        (["--key", "xml-signing", "--method", "1"], "give one of supplier.DS, "),
        (["--key", "wanProvider", "--method", "2"], "'2' is not offered here; give one of 1, 3"),
        (["--key", "networkOperator", "--method", "3", "--devices", "GSME"], "no 'GSME' holds"),
        (["--key", "supplier", "--method", "3", "--devices", ","], "names none"),
        (["a.yaml", "--key", "root", "--premises", "0"], "premises"),
        (
            ["a.yaml", "--key", "root", "--suppliers", "2"],
            "of 1 homes none is left for beta; give more --premises",
        ),
        (["--key", "root", "--suppliers", "11"], "'11' is no number from 1 to 10"),
        (["--key", "root", "--suppliers", "9" * 5000], "is no number from 1 to 10"),
        (["--key", "root", "--suppliers", "a,a"], "is no name of an organisation, or stands twice"),
        (["--key", "root", "--suppliers", "a: {x},b"], "is no"),
        (["--key", "root", "--suppliers", "dcc,b"], "'dcc' is no name"),
        (["--key", "root", "--suppliers", "a=60%,b=60%"], "the shares are 120% together"),
        (["--key", "root", "--suppliers", "a=60%,b"], "'b' is no share"),
        (["--key", "root", "--whose", "a"], "has no organisations that could be meant"),
        (
            ["--key", "supplier", "--method", "3", "--suppliers", "2", "--whose", "bta"],
            "'bta' is none of the organisations; did you mean 'beta'",
        ),
        (
            ["--key", "root", "--suppliers", "a,b", "--operators", "b,c"],
            "'b' is a supplier and a network operator",
        ),
        (["--key", "root", "--unreachable", "some"], "'some' is no share; write one such as 10%"),
        (["--key", "root", "--unreachable", "10%"], "share: 10% of 4 devices is no device"),
        (["--key", "root", "--unreachable", "4"], "count: 4 of 4 devices is all of them"),
        (["--key", "root", "--unreachable", "0"], "'0' is no share"),
        (
            ["--key", "root", "--unreachable", "1", "--premises", "99999999"],
            "99,999,999 homes are too many",
        ),
        (["My Leak.yaml", "--key", "root"], "digits and single hyphens, such as 'my-leak'"),
        (["leak.txt", "--key", "root"], "does not end with .yaml"),
        (["none/leak.yaml", "--key", "root"], "there is no folder none; make it first"),
        (["--name", "--x", "--key", "root"], "no name of a story"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "new", *arguments]) == 4
    error = capsys.readouterr().err
    assert words in error
    assert len(error.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["no", "12", "plain-name"])
def test_a_name_that_yaml_reads_as_something_else_is_written_as_a_text(
    name: str, tmp_path: Path
) -> None:
    story = tmp_path / f"{name}.yaml"
    options = ["--key", "root", "--devices", "all", "--premises", "1"]
    assert run(["drill", "new", str(story), *options]) == 0
    assert load_story(str(story)).name == name


def test_a_role_in_small_letters_means_the_key_that_the_role_means(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And never its key agreement key, whose name happens to be the nearest."""
    options = ["--key", "networkoperator", "--method", "3", "--devices", "all", "--premises", "1"]
    assert run(["drill", "new", str(tmp_path / "a.yaml"), *options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["key"] == "networkOperator.DS"


@pytest.mark.parametrize(
    ("suppliers", "shares"),
    [
        ("2", "{alpha: 50%, beta: 50%}"),
        ("a, b,c", "{a: 33.3334%, b: 33.3333%, c: 33.3333%}"),
        ("north=62.5%,south = 37.5%", "{north: 62.5%, south: 37.5%}"),
        ("acme", "{acme: 100%}"),
    ],
)
def test_suppliers_share_the_homes_of_the_story(
    suppliers: str, shares: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--key", "supplier", "--method", "3", "--premises", "6", "--suppliers", suppliers]
    assert run(["drill", "new", "leak.yaml", *given]) == 0
    text = (tmp_path / "leak.yaml").read_text("utf-8")
    assert f"population:\n  premises: 6\n  suppliers: {shares}\n" in text
    assert "verdicts: {procedure: followed, devices: right}\n" in text
    assert "Play            firmware-sim drill run leak.yaml\n" in capsys.readouterr().out
    assert run(["drill", "check", "leak.yaml"]) == 0


def test_the_network_operator_that_falls_is_one_of_several(tmp_path: Path) -> None:
    given = ["--key", "networkOperator", "--method", "3", "--premises", "6"]
    given += ["--operators", "north=50%,south=50%", "--whose", "south"]
    assert run(["drill", "new", "leak.yaml", *given]) == 0
    text = (tmp_path / "leak.yaml").read_text("utf-8")
    assert "  network operators: {north: 50%, south: 50%}\n" in text
    assert "    do: compromise\n    party: south\n" in text
    assert run(["drill", "check", "leak.yaml"]) == 0


def test_devices_out_of_reach_are_declared_and_sent_to_again(tmp_path: Path) -> None:
    assert run(["drill", "new", "leak.yaml", *GIVEN, "--unreachable", "3"]) == 0
    text = (tmp_path / "leak.yaml").read_text("utf-8")
    assert "links: {unreachable: {count: 3}}\n" in text
    assert "verdicts: {procedure: followed, devices: outstanding}\n" in text
    assert text.count("retry: {") == 1


def test_a_key_with_one_method_needs_no_other_option(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "new", "--key", "root", "--name", "my-root", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": "my-root.yaml",
        "name": "my-root",
        "key": "root-oca",
        "method": "contingency",
        "devices": ["CHF", "GPF", "ESME", "GSME"],
        "commands": {
            "show": "firmware-sim drill show my-root.yaml",
            "run": "firmware-sim drill run my-root.yaml --premises 1",
            "check": "firmware-sim drill check my-root.yaml",
        },
    }


def test_a_file_name_with_a_new_line_stays_in_its_comment(tmp_path: Path) -> None:
    assert run(["drill", "new", "a\nname: b.yaml", "--name", "own", "--key", "root"]) == 0
    (story,) = tmp_path.glob("a*")
    assert "\nname: b" not in story.read_text("utf-8")
