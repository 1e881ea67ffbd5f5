"""Every fuzzer of hw/firmware/host runs a while, under AddressSanitizer and UBSan."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from gbcs.roles import ROOT_CELL, KeyUsage, RemotePartyRole, TrustAnchorCellId
from hw.errors import HardwareError
from hw.host_build import HOST_FOLDER, build_host_program
from tests.board.test_language_messages import SEEDS
from tests.board.test_language_payloads import BARE, FULL, counted
from tests.support.pki import FIRST

_RUNS = 20_000
_LONGEST = 8300

_SUPPLIER = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT)


def seeds(name: str) -> Iterable[bytes]:
    """What a fuzzer starts from; without it, it hardly gets behind the first length."""
    if name == "fuzz_message":
        yield from SEEDS
        yield from (BARE.encode(), FULL.encode(), counted(16, 8, 16, 4).encode())
    elif name == "fuzz_certificate":
        yield from (FIRST.root().certificate, FIRST.leaf(_SUPPLIER).certificate)
        yield FIRST.leaf(ROOT_CELL).certificate


@pytest.mark.parametrize("source", sorted(HOST_FOLDER.glob("fuzz_*.c")), ids=lambda each: each.stem)
def test_nothing_is_found_in_a_short_run(source: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, octets in enumerate(seeds(source.stem)):
        (corpus / str(number)).write_bytes(octets)
    assert any(corpus.iterdir()), f"no seeds for {source.name}"
    try:
        program = build_host_program(source, fuzzer=True)
    except HardwareError as error:
        pytest.skip(f"needs clang with its sanitizers: {error}")
    options = [f"-runs={_RUNS}", "-seed=1", f"-max_len={_LONGEST}", f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run(
        [str(program), *options, str(corpus)],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {_RUNS} runs" in done.stderr
