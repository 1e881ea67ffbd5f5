"""Every alteration of a run that was signed is found, and its place named."""

import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from itertools import product
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.chain import ChainHead, follow_chain
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.manifest import (
    MANIFEST_NAME,
    SIGNATURES_FOLDER,
    Manifest,
    stored_files,
    write_manifest,
)
from firmware_sim.bench.evidence.sealing import seal
from firmware_sim.bench.evidence.signatures import (
    PrivateKey,
    SignerRole,
    new_run_key,
    remove_run_key,
    sign,
)
from firmware_sim.bench.evidence.tables import TABLES
from firmware_sim.bench.evidence.verifying import SignedBy, verify
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, Verdict
from tests.bench.evidence.asking import asked
from tests.bench.evidence.rehearsal import run_info

STORY = "supplier-compromise-recovery"
PLACES = (0.0, 0.5, 1.0)


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, key: PrivateKey) -> Path:
    """A drill whose manifest an officer has signed."""
    folder = tmp_path_factory.mktemp("evidence") / "run"
    assert run(["drill", "run", STORY, "--out", str(folder)]) == 0
    resign(folder, key)
    return folder


@pytest.fixture
def folder(signed: Path, tmp_path: Path) -> Path:
    copied = tmp_path / "run"
    copytree(signed, copied)
    return copied


def resign(folder: Path, key: PrivateKey) -> None:
    remove_run_key(folder)
    sign(folder, (folder / MANIFEST_NAME).read_bytes(), key, SignerRole.OFFICER)


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        for statement in statements:
            assert database.execute(statement).rowcount
        database.commit()


def found(folder: Path) -> tuple[str, str | None, str | None]:
    difference = verify(folder).difference
    assert difference is not None
    return difference[:3]


def chain_anew(folder: Path) -> None:
    """Give every row the digest of the row before it, as a forger of a whole run would."""
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        rows = sorted(
            (place, name, number)
            for name in TABLES
            for place, number in database.execute(f"SELECT place, rowid FROM {name}")
        )
        head = ChainHead()
        for place, (_, name, number) in enumerate(rows):
            update = f"UPDATE {name} SET place = ?, previous = ? WHERE rowid = ?"
            database.execute(update, (place, head.mark, number))
            query = f"SELECT * FROM {name} WHERE rowid = ?"
            head = head.after(name, database.execute(query, (number,)).fetchone())
        database.commit()


def rewrite_whole(folder: Path, *statements: str) -> None:
    """Change a ledger, and make all that vouches for it anew, but for an officer's signature."""
    change(folder, *statements)
    chain_anew(folder)
    rmtree(folder / SIGNATURES_FOLDER)
    (folder / MANIFEST_NAME).unlink()
    seal(folder, export(folder), "drill run")


def verified(
    folder: Path, *options: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    code = run(["evidence", "verify", str(folder), "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def test_a_run_that_was_signed_is_intact(folder: Path) -> None:
    assert verify(folder).intact


def test_a_flipped_bit_in_any_file_is_found_and_the_file_named(folder: Path) -> None:
    names = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    missed, misnamed = [], []
    for path in names:
        octets = path.read_bytes()
        for share in PLACES:
            place = round(share * (len(octets) - 1))
            path.write_bytes(octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :])
            difference = verify(folder).difference
            name = str(path.relative_to(folder))
            if difference is None:
                missed.append((name, place))
            elif difference.file != name and SIGNATURES_FOLDER not in name:
                misnamed.append((name, place, difference))
            path.write_bytes(octets)
    assert (missed, misnamed) == ([], [])
    assert len(names) > 30
    assert verify(folder).intact


def test_every_altered_file_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("junit.xml", "report.html"):
        (folder / name).write_bytes(b"another")
    (folder / "record.json").unlink()
    found = verify(folder)
    assert found.difference is not None
    assert found.difference.file == "junit.xml"
    assert found.as_json()["other_files"] == ["record.json", "report.html"]
    for number in range(25):
        (folder / f"z{number:02}").touch()
    assert run(["evidence", "verify", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "record.json: is missing" in said
    assert "and 7 more files" in said


def test_a_removed_file_is_found(folder: Path) -> None:
    missed = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            octets = path.read_bytes()
            path.unlink()
            if verify(folder).intact:
                missed.append(path)
            path.write_bytes(octets)
    assert missed == []


@pytest.mark.parametrize(
    "name",
    ["added", "images/added.bin", "signatures/added.pem", "run.sqlite-wal", "run.sqlite-journal"],
)
def test_an_added_file_is_found(name: str, folder: Path) -> None:
    (folder / name).write_bytes(b"something")
    assert found(folder)[0].startswith(name.removesuffix(".pem"))


def test_a_link_in_the_place_of_a_file_is_found(folder: Path, tmp_path: Path) -> None:
    (folder / "record.json").rename(tmp_path / "record.json")
    (folder / "record.json").symlink_to(tmp_path / "record.json")
    assert found(folder)[0] == "record.json"


@pytest.mark.parametrize("name", sorted(TABLES - {"account"}))
def test_a_removed_row_of_any_table_is_found_at_its_place(name: str, folder: Path) -> None:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        number, place = database.execute(f"SELECT rowid, place FROM {name}").fetchone()
    change(folder, f"DELETE FROM {name} WHERE rowid = {number}")
    file, row, _ = found(folder)
    assert file == LEDGER_NAME
    assert row in (f"row {place}", f"row {place - 1}")


def test_an_added_row_is_found(folder: Path) -> None:
    change(folder, "INSERT INTO clause SELECT 'SEC L1.3', 'too', 900000, previous FROM clause")
    assert found(folder)[0] == LEDGER_NAME


def test_two_swapped_rows_are_found(folder: Path) -> None:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        query = "SELECT id, place FROM message WHERE id IN (3, 4)"
        (one, first), (other, second) = database.execute(query)
    change(
        folder,
        f"UPDATE message SET id = -1, place = {second} WHERE id = {one}",
        f"UPDATE message SET id = {one}, place = {first} WHERE id = {other}",
        f"UPDATE message SET id = {other} WHERE id = -1",
    )
    file, row, _ = found(folder)
    assert (file, row) == (LEDGER_NAME, f"message row {first}")


def test_a_changed_verdict_is_found_with_its_row_and_field(folder: Path) -> None:
    change(folder, "UPDATE verdict SET verdict = 'failed' WHERE id = 3")
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        [(place,)] = database.execute("SELECT place FROM verdict WHERE id = 3")
    assert found(folder) == (LEDGER_NAME, f"verdict row {place}", "verdicts.devices")


def test_a_changed_outcome_in_the_last_row_is_found(folder: Path) -> None:
    change(folder, "UPDATE run_end SET outcome = 'failed', exit_code = 1")
    file, row, field = found(folder)
    assert (file, field) == (LEDGER_NAME, "outcome")
    assert row == "run_end"


def test_a_manifest_of_another_run_is_found_and_never_signed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    assert run(["drill", "run", STORY, "--seed", "2", "--out", str(other)]) == 0
    (folder / MANIFEST_NAME).write_bytes((other / MANIFEST_NAME).read_bytes())
    assert found(folder)[0] == MANIFEST_NAME
    rmtree(folder / SIGNATURES_FOLDER)
    copytree(other / SIGNATURES_FOLDER, folder / SIGNATURES_FOLDER)
    assert found(folder)[0] == LEDGER_NAME
    capsys.readouterr()
    assert run(["evidence", "sign", str(folder)]) == 4
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "nothing was signed" in error


def test_a_run_that_was_written_anew_is_told_only_by_a_named_signer(
    folder: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    thief = ec.generate_private_key(ec.SECP256R1())
    rewrite_whole(folder, "UPDATE governance SET detail = detail || ' All agreed.' WHERE id = 1")
    resign(folder, thief)
    anew = verify(folder)
    assert (anew.intact, anew.signed_by) == (True, SignedBy.UNKNOWN)
    named = verify(folder, [key.public_key()])
    assert named.difference is not None
    assert "by none of the named signers" in named.difference.problem
    assert run(["evidence", "verify", str(folder), "--replay", "0"]) == 0
    assert "their holders may have written and signed the whole run anew" in capsys.readouterr().out


def test_playing_it_again_finds_a_run_that_was_written_anew(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite_whole(folder, "UPDATE verdict SET expected = 'another key' WHERE id = 3")
    code, told = verified(folder, capsys=capsys)
    assert (code, told["outcome"], told["signed_by"]) == (1, "altered", "run key")
    assert told["first_difference"]["row"] == "verdict 3"  # type: ignore[index]
    assert (told["replayed"], told["agree"]) == (3, 2)
    code, told = verified(folder, "--replay", "0", capsys=capsys)
    assert (code, told["outcome"], told["replayed"]) == (0, "intact", 0)


@pytest.mark.parametrize(
    ("statement", "row", "field"),
    [
        ("UPDATE governance SET detail = 'All agreed.' WHERE id = 2", "governance 2", "detail"),
        ("UPDATE run_end SET procedure_verdict = NULL", "run_end", "procedure_verdict"),
        (
            "UPDATE account SET content = replace(content, 'require-recovery', 'not-required')",
            "account 2",
            "content",
        ),
    ],
)
def test_playing_it_again_finds_what_people_did_not_do(
    statement: str, row: str, field: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite_whole(folder, statement)
    code, told = verified(folder, capsys=capsys)
    difference = told["first_difference"]
    assert (code, difference["row"], difference["field"]) == (1, row, field)  # type: ignore[index]


def test_a_verdict_is_worked_out_from_the_checks_and_not_read(folder: Path) -> None:
    rewrite_whole(folder, "UPDATE run_end SET devices_verdict = 'wrong'")
    assert found(folder) == (LEDGER_NAME, "run_end", "devices_verdict")


def test_the_word_of_earlier_versions_for_what_is_not_as_declared_is_taken(tmp_path: Path) -> None:
    """They wrote `wrong` where no single device was: that is no sign of a hand in the ledger."""
    folder = tmp_path / "run"
    with RunLedger.create(folder, run_info()) as ledger:
        step = ledger.step("one", "The devices are counted")
        ledger.check(step, None, "count", Verdict.FAILED, "1", "2", "found: 2; declared: 1")
        ledger.finish_step(step, Verdict.FAILED, "found: 2; declared: 1")
        ledger.finish(Outcome.FAILED)
    seal(folder, export(folder), "drill run")
    assert verify(folder).intact
    rewrite_whole(folder, "UPDATE run_end SET devices_verdict = 'wrong'")
    assert verify(folder).intact
    rewrite_whole(folder, "UPDATE run_end SET devices_verdict = 'right'")
    assert found(folder) == (LEDGER_NAME, "run_end", "devices_verdict")


def test_what_a_message_says_is_read_from_its_octets(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last = "(SELECT max(id) FROM message)"
    [(number,)] = asked(folder, f"SELECT {last}")
    rewrite_whole(folder, f"UPDATE message SET base = NULL, octets = x'00' WHERE id = {last}")
    code, told = verified(folder, capsys=capsys)
    difference = told["first_difference"]
    assert (code, difference["row"]) == (1, f"message {number}")  # type: ignore[index]


@pytest.mark.parametrize("base", ["id", "999999", "-1"])
def test_a_message_that_is_like_none_is_found(base: str, folder: Path) -> None:
    rewritten = f"UPDATE message SET base = {base}, octets = x'' WHERE id = 3"
    change(folder, rewritten)
    chain_anew(folder)
    rmtree(folder / SIGNATURES_FOLDER)
    (folder / MANIFEST_NAME).unlink()
    with pytest.raises(UsageError, match="is no valid ledger"):
        export(folder)


def test_what_a_device_says_of_a_cell_stands_in_an_answer_of_it(folder: Path) -> None:
    [(entity, held)] = asked(
        folder,
        "SELECT entity_of(device), text_of(held) FROM main.cell WHERE rowid ="
        " (SELECT max(rowid) FROM main.cell WHERE text_of(source) = 'CS02a')",
    )
    cell, (subject, _) = next(iter(json.loads(held).items()))
    other = json.dumps({**json.loads(held), cell: (subject, "0123456789abcdef")})
    rewrite_whole(
        folder,
        f"UPDATE cell SET held = '{other}' WHERE rowid = (SELECT max(cell.rowid) FROM cell"
        " LEFT JOIN word ON word.id = source WHERE coalesce(text, source) = 'CS02a')",
    )
    assert found(folder) == (LEDGER_NAME, f"cell {entity} {cell}", "key_identifier")


def test_what_one_device_answers_is_no_reading_of_another(folder: Path) -> None:
    query = "SELECT rowid, device FROM main.cell WHERE text_of(source) = 'CS02a' ORDER BY place"
    (row, first), *_, (_, last) = asked(folder, query)
    assert first != last
    [(entity,)] = asked(folder, f"SELECT entity_of({last})")
    rewrite_whole(folder, f"UPDATE cell SET device = {last} WHERE rowid = {row}")
    file, place, field = found(folder)
    assert (file, field) == (LEDGER_NAME, "key_identifier")
    assert place is not None
    assert place.startswith(f"cell {entity} ")


def test_an_image_is_the_one_of_the_ledger(folder: Path) -> None:
    (image, *_) = sorted((folder / "images").iterdir())
    image.write_bytes(image.read_bytes() + b"\xff")
    rewrite_whole(folder, "UPDATE governance SET detail = detail WHERE id = 1")
    assert found(folder)[0] == f"images/{image.name}"


def test_a_witness_becomes_no_officer_by_a_new_name(folder: Path, key: PrivateKey) -> None:
    rmtree(folder / SIGNATURES_FOLDER)
    statement = sign(folder, (folder / MANIFEST_NAME).read_bytes(), key, SignerRole.WITNESS)
    assert verify(folder).intact
    for path in list((folder / SIGNATURES_FOLDER).iterdir()):
        path.rename(path.with_name(path.name.replace("witness", "officer")))
    assert statement.role is SignerRole.WITNESS
    assert "is another signer's statement" in str(verify(folder).difference)


def test_officer_and_witness_must_both_be_named(folder: Path, key: PrivateKey) -> None:
    witness = ec.generate_private_key(ec.SECP256R1())
    sign(folder, (folder / MANIFEST_NAME).read_bytes(), witness, SignerRole.WITNESS)
    both = verify(folder, [key.public_key(), witness.public_key()])
    assert (both.intact, both.signed_by) == (True, SignedBy.NAMED)
    assert [each.role for each in both.signers] == ["officer", "witness"]
    assert not verify(folder, [key.public_key()]).intact
    third = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert not verify(folder, [key.public_key(), witness.public_key(), third]).intact


def test_verifying_changes_no_octet_of_the_folder(folder: Path) -> None:
    before = everything(folder)
    verify(folder)
    change(folder, "UPDATE step SET name = 'another' WHERE id = 1")
    altered = everything(folder)
    verify(folder)
    assert everything(folder) == altered != before


def everything(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_run_of_a_version_without_manifests_is_refused_by_its_version(
    unchained_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evidence", "verify", str(unchained_folder)]) == 4
    error = capsys.readouterr().err
    assert "was left by an older version: its ledger is only read" in error
    assert error.count("\n") == 1
    assert run(["drill", "report", str(unchained_folder)]) == 0
    assert not (unchained_folder / MANIFEST_NAME).exists()


@pytest.mark.parametrize(
    ("options", "asked", "devices"),
    [
        (["--target", "mqtt"], "all", 1),
        (["--premises", "3"], "2", 2),
        (["--premises", "2"], None, 2),
    ],
)
def test_devices_that_are_played_again_agree(
    options: list[str],
    asked: str | None,
    devices: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "run"
    assert run(["drill", "run", "gpf-handover", "--out", str(out), *options]) == 0
    code, told = verified(out, *(["--replay", asked] if asked else []), capsys=capsys)
    assert (code, told["replayed"], told["agree"]) == (0, devices, devices)


def test_devices_at_the_end_of_a_line_are_not_played_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite_whole(folder, "UPDATE run SET target = 'serial:/dev/ttyACM0'")
    code, told = verified(folder, capsys=capsys)
    assert (code, told["replayed"]) == (0, 0)
    assert run(["evidence", "verify", str(folder), "--replay", "all"]) == 4
    assert "are not the drill's own" in capsys.readouterr().err


VALUES = (None, -1, b"\xff\x00")


@pytest.mark.parametrize("name", sorted(TABLES))
def test_no_value_in_a_strangers_ledger_ends_in_a_traceback(
    name: str, small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that vouches for the ledger is in order; what stands in it is not."""
    folder = tmp_path / "run"
    copytree(small_folder, folder)
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
        database.execute(f"CREATE TABLE loose AS SELECT * FROM {name}")
        database.execute(f"DROP TABLE {name}")
        database.execute(f"ALTER TABLE loose RENAME TO {name}")
        database.commit()
    for column, value in product(columns[:-2], VALUES):
        with closing(sqlite3.connect(folder / LEDGER_NAME, isolation_level=None)) as database:
            kept, row = database.execute(f"SELECT {column}, rowid FROM {name}").fetchone()
            place = f"UPDATE {name} SET {column} = ? WHERE rowid = {row}"
            database.execute(place, (value,))
        chain_anew(folder)
        vouch(folder)
        capsys.readouterr()
        code = run(["evidence", "verify", str(folder)])
        told = capsys.readouterr()
        assert code in {0, 1, 4}, (column, value, told.err)
        assert told.err.count("\n") <= 1
        with closing(sqlite3.connect(folder / LEDGER_NAME, isolation_level=None)) as database:
            database.execute(place, (kept,))


def vouch(folder: Path) -> None:
    """A manifest of the files as they are, with the head of the chain as it is, and a signature."""
    for path in (folder / SIGNATURES_FOLDER).glob("*"):
        path.unlink()
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        head, _ = follow_chain(database, TABLES)
    manifest = Manifest(
        files=stored_files(folder), story="s", story_digest="", seed=1, versions={}, policy={},
        procedure=None, devices=DevicesVerdict.RIGHT, outcome=Outcome.PASSED, rows=head.rows,
        head=head.digest.hex(), sealed="drill run",
    )  # fmt: skip
    sign(folder, manifest.octets(), new_run_key(), SignerRole.RUN_KEY)
    write_manifest(folder, manifest)
