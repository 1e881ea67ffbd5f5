"""A foreign test PKI, as found: a key store, a file, or a folder of files."""

from codecs import BOM_UTF8
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki import key_files
from firmware_sim.bench.smki.containers import Item, items_in
from firmware_sim.bench.smki.content import Fate, SourceContent, SourceKey
from firmware_sim.bench.smki.folder import MANIFEST
from firmware_sim.bench.smki.names import generation_in, says_top_up
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.published import (
    ISSUERS_FILE,
    ISSUING_KIND,
    KEYS_FILE,
    ROOT_KIND,
    Issuer,
    KeyEntry,
    read_issuers,
    read_keys,
)
from firmware_sim.bench.smki.source_files import SourceFile, file_at, files_below
from firmware_sim.gbcs.crypto import CryptoSuite

# A file with such a name is meant as a certificate or key, so that it is damaged if it is none.
_SUFFIXES: Final = frozenset(
    (".pem", ".crt", ".cer", ".der", ".key", ".p7b", ".p7c", ".p8", ".pk8", ".pfx", ".p12")
)
# Files that may hold a whole PKI, by their first octets.
_NOT_READ: Final = {
    b"PK\x03\x04": "a ZIP archive: unpack it first",
    b"\x1f\x8b": "a compressed file: unpack it first",
    b"\xfe\xed\xfe\xed": "a Java key store: convert it to PKCS#12 first",
}
_SYMMETRIC_OCTETS: Final = (16, 32)
_FIRST_OF_JSON: Final = (b"{", b"[")


def find(source: Path, suite: CryptoSuite, password: bytes | None = None) -> SourceContent:
    """Read a key store, a folder with ``keystore.json``, a file, or a folder of files.

    Args:
        password: opens encrypted keys and PKCS#12.

    Raises:
        UsageError: there is no such source, or it cannot be read as a whole.
    """
    content = SourceContent(suite)
    store = source / KEYS_FILE
    if store.is_file():
        problem = file_at(store, source).problem
        if problem:
            raise UsageError(f"{store} is {problem}", "name the key store itself")
        _from_key_store(store, content)
        _not_looked_at(source, content)
    elif source.is_dir():
        for file in files_below(source):
            _from_file(file, content, password)
    elif source.is_file() and _is_json(source):
        _from_key_store(source, content)
    elif source.is_file():
        _from_file(SourceFile(source.name, source), content, password)
    else:
        what = "is not a regular file" if source.exists() else "does not exist"
        raise UsageError(f"{source} {what}", "name a key store, or a file or folder with a PKI")
    return content


def _is_json(source: Path) -> bool:
    return _starts_as_json(key_files.read_start(source))


def _starts_as_json(octets: bytes) -> bool:
    return octets.removeprefix(BOM_UTF8).lstrip()[:1] in _FIRST_OF_JSON


def _from_key_store(store: Path, content: SourceContent) -> None:
    for entry in read_keys(store):
        _from_entry(entry, content)
    issuers = store.with_name(ISSUERS_FILE)
    if issuers.is_file():
        _from_issuers(read_issuers(issuers), content)


def _from_entry(entry: KeyEntry, content: SourceContent) -> None:
    place = entry.label
    if entry.problem:
        content.end(place, Fate.REFUSED, entry.problem)
    elif not entry.certificate and entry.private_scalar is None:
        content.end(place, Fate.NOTHING, "neither certificate nor key")
    if entry.certificate:
        content.add_certificate(
            entry.certificate, place, is_top_up=entry.is_top_up, entity=entry.entity.lower()
        )
    if entry.private_scalar is not None:
        content.add_key(entry.private_scalar, f"{place}, private key")


def _from_issuers(issuers: Iterable[Issuer], content: SourceContent) -> None:
    for number, issuer in enumerate(issuers, 1):
        place = f"{ISSUERS_FILE}, {number}"
        if issuer.kind == ROOT_KIND:
            content.roots.append(issuer.anchor())
            content.end(place, Fate.TAKEN, f"{ROOT_KIND}, known by its public key")
        elif issuer.kind == ISSUING_KIND:
            content.issuing_identifiers.add(issuer.key_identifier)
            content.end(place, Fate.TAKEN, f"{ISSUING_KIND}, known by its public key")
        else:
            content.end(place, Fate.NO_PLACE, f"{issuer.kind}, known by its public key")


def _not_looked_at(folder: Path, content: SourceContent) -> None:
    for each in sorted(folder.iterdir()):
        if each.name not in (KEYS_FILE, ISSUERS_FILE):
            content.end(each.name, Fate.NOTHING, f"not looked at: {KEYS_FILE} is the source")


def _from_file(file: SourceFile, content: SourceContent, password: bytes | None) -> None:
    if file.problem:
        content.end(file.place, Fate.NOTHING if file.is_known else Fate.REFUSED, file.problem)
        return
    try:
        octets = key_files.read_octets(file.path, called="it")
    except UsageError as error:
        content.end(file.place, Fate.REFUSED, error.problem)
        return
    if file.path.suffix == ".hex" and file.path.name.startswith("symmetric"):
        _symmetric(file, content)
        return
    if file.path.name != MANIFEST and _may_be_key_store(octets):
        text = f"it looks like a key store: name it itself, or call it {KEYS_FILE}"
        content.end(file.place, Fate.REFUSED, text)
        return
    items = list(items_in(octets, password))
    for item in items:
        _from_item(item, file, content)
    if not items:
        _no_item(file, octets, content)


def _may_be_key_store(octets: bytes) -> bool:
    return _starts_as_json(octets) and b'"certificate"' in octets


def _no_item(file: SourceFile, octets: bytes, content: SourceContent) -> None:
    foreign = next((what for start, what in _NOT_READ.items() if octets.startswith(start)), "")
    if foreign:
        content.end(file.place, Fate.REFUSED, foreign)
    elif file.path.suffix.lower() not in _SUFFIXES:
        content.end(file.place, Fate.NOTHING, "neither certificate nor key")
    elif not octets.strip():
        content.end(file.place, Fate.REFUSED, "it is empty")
    else:
        content.end(file.place, Fate.REFUSED, "it is neither PEM nor DER, or cut short")


def _from_item(item: Item, file: SourceFile, content: SourceContent) -> None:
    place = f"{file.place}, {item.part}" if item.part else file.place
    if item.problem:
        form = f" ({item.form})" if item.form else ""
        content.end(place, Fate.REFUSED, item.problem + form)
    elif item.certificate:
        is_top_up = says_top_up(file.path.stem) or says_top_up(item.name)
        content.add_certificate(item.certificate, place, is_top_up=is_top_up, form=item.form)
    elif file.path.name.startswith("contingency"):
        key = SourceKey(place, item.scalar)
        _custody_key(content.contingency, "Contingency Private Key", key, file, content)
    else:
        content.add_key(item.scalar, place)


def _symmetric(file: SourceFile, content: SourceContent) -> None:
    try:
        octets = key_files.read_hex(file.path)
    except UsageError:
        octets = b""
    if len(octets) not in _SYMMETRIC_OCTETS:
        content.end(file.place, Fate.REFUSED, "it is no key of 16 or 32 octets in hex digits")
        return
    key = SourceKey(file.place, octets)
    _custody_key(content.symmetric, "Contingency Symmetric Key", key, file, content)


def _custody_key(
    keys: dict[int, SourceKey], what: str, key: SourceKey, file: SourceFile, content: SourceContent
) -> None:
    generation = generation_in(file.path.name)
    if generation not in GENERATIONS:
        content.end(key.place, Fate.NO_PLACE, f"{what} of generation {generation}: two are enough")
    elif generation in keys:
        text = f"{what} of generation {generation}, as {keys[generation].place}"
        content.end(key.place, Fate.NO_PLACE, text)
    else:
        keys[generation] = key
        content.end(key.place, Fate.TAKEN, f"{what}, generation {generation}")
