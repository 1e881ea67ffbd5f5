"""The C has floors too: each #include goes to its own floor or to a lower one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ground.tree import ROOT

FIRMWARE = ROOT / "hw" / "firmware"
BOARDS = ROOT / "hw" / "boards"

# From the lowest up. A generated header stands where the Python that it is made from stands;
# board.h is what the machine needs of a board, so it is the machine's.
FLOORS = (
    ("libc",),
    ("octets",),
    ("crypto",),
    ("gbcs", "generated/tables", "generated/uses"),
    ("machine", "board", "generated/machine_tables", "generated/geometry", "generated/layout"),
    ("link",),
    ("main", "version", "native", *(folder.name for folder in BOARDS.iterdir())),
)

_INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"(?P<own>[^"]+)"|<(?P<library>[^>]+)>)', re.MULTILINE)


def sources(*folders: Path) -> dict[str, str]:
    """Every C file and header by the name that an include gives it, with its text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for folder in folders
        for path in sorted(folder.rglob("*.[ch]"))
    }


def floor_of(name: str) -> int:
    """The floor of a file; the whole name counts before its folder."""
    plain = name.rpartition(".")[0]
    for place in (plain, plain.partition("/")[0]):
        for number, places in enumerate(FLOORS):
            if place in places:
                return number
    raise AssertionError(f"{name} stands on no floor: name its folder in FLOORS")


def upward(texts: dict[str, str]) -> Iterator[str]:
    """Each include that goes up, as file and what it includes."""
    for name, text in texts.items():
        for found in _INCLUDE.finditer(text):
            other = found["own"]
            if other and floor_of(other) > floor_of(name):
                yield f"{name} includes {other}"


def test_every_include_of_the_firmware_goes_down() -> None:
    texts = sources(FIRMWARE, BOARDS)
    assert len(texts) > 100
    assert list(upward(texts)) == []


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("gbcs/message.c", "machine/machine.h"),
        ("gbcs/message.c", "generated/layout.h"),
        ("gbcs/cells.h", "generated/machine_tables.h"),
        ("gbcs/path.c", "board.h"),
        ("machine/clock.c", "link/cut.h"),
        ("crypto/crypto.h", "gbcs/der.h"),
        ("octets.h", "crypto/crypto.h"),
        ("libc/string.c", "octets.h"),
        ("generated/tables.c", "machine/state.h"),
        ("link/link.c", "cortex_m/startup.h"),
    ],
)
def test_planted_include_that_goes_up_is_found(name: str, other: str) -> None:
    texts = sources(FIRMWARE, BOARDS)
    texts[name] = f'#include "{other}"\n{texts[name]}'
    assert list(upward(texts)) == [f"{name} includes {other}"]


def test_file_in_a_folder_without_a_floor_is_an_error() -> None:
    with pytest.raises(AssertionError, match=r"radio/radio\.c stands on no floor"):
        list(upward({"radio/radio.c": '#include "octets.h"\n'}))


def test_only_crypto_includes_the_library_of_algorithms() -> None:
    including = {
        name.partition("/")[0]
        for name, text in sources(FIRMWARE, BOARDS).items()
        for found in _INCLUDE.finditer(text)
        if found["library"] in {"bearssl.h", "inner.h"} or found["own"] == "inner.h"
    }
    assert including == {"crypto"}


def mutual(texts: dict[str, str]) -> Iterator[str]:
    """Two files, each .c and .h taken as one, that include each other."""
    including: dict[str, set[str]] = {}
    for name, text in texts.items():
        others = {
            found["own"].rpartition(".")[0] for found in _INCLUDE.finditer(text) if found["own"]
        }
        including.setdefault(name.rpartition(".")[0], set()).update(others)
    for one, others in sorted(including.items()):
        yield from (
            f"{one} and {other}"
            for other in others
            if other > one and one in including.get(other, ())
        )


def below_and_above_the_machine() -> dict[str, str]:
    """The machine's own files are left out: their types stand beside their functions."""
    texts = sources(FIRMWARE, BOARDS)
    return {name: text for name, text in texts.items() if not name.startswith("machine/")}


def test_no_two_files_outside_the_machine_include_each_other() -> None:
    texts = below_and_above_the_machine()
    assert len(texts) > 80
    assert list(mutual(texts)) == []


def test_planted_pair_that_includes_each_other_is_found() -> None:
    texts = below_and_above_the_machine()
    header = texts["gbcs/certificate_extensions.h"]
    texts["gbcs/certificate_extensions.h"] = f'#include "gbcs/certificate.h"\n{header}'
    assert list(mutual(texts)) == ["gbcs/certificate and gbcs/certificate_extensions"]
