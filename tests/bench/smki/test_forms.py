"""Certificates and keys in the forms that people have; each made by another implementation."""

import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.containers import items_in
from firmware_sim.bench.smki.content import Fate, ImportLine, SourceContent
from firmware_sim.bench.smki.importing import Imported, NothingTakenError, import_pki
from firmware_sim.bench.smki.pem import blocks
from firmware_sim.bench.smki.sources import find
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole
from tests.requirements import require_tool
from tests.support.foreign_pki import Pair, openssl, party

SUITE = P256Suite()
SUPPLIER = "90b3d51f30010000"
DS = party(RemotePartyRole.SUPPLIER, SUPPLIER, KeyUsage.DIGITAL_SIGNATURE, key=11)
KA = party(RemotePartyRole.SUPPLIER, SUPPLIER, KeyUsage.KEY_AGREEMENT, key=12)
PASSWORD = b"correct horse"


def read(source: Path, password: bytes | None = None) -> Imported:
    return import_pki(find(source, SUITE, password), SUITE)


def lines(imported: Imported) -> dict[str, ImportLine]:
    return {each.place: each for each in imported.lines}


def taken(imported: Imported) -> dict[str, bytes | None]:
    """What was taken, with the private key that came with it."""
    return {each.label: each.private_key for each in imported.inventory.holdings}


def encrypted(pair: Pair, encoding: Encoding, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return pair.key_octets(encoding, form, BestAvailableEncryption(PASSWORD))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("supplier.cer", DS.certificate_der),
        ("supplier.crt", DS.certificate_der),
        ("supplier.der", DS.certificate_der),
        ("supplier", DS.certificate_der),
        ("SUPPLIER.PEM", DS.certificate_pem),
        ("crlf.pem", DS.certificate_pem.replace(b"\n", b"\r\n")),
        ("old-mac.pem", DS.certificate_pem.replace(b"\n", b"\r")),
        ("windows.pem", b"\xef\xbb\xbf" + DS.certificate_pem),
        ("x509.pem", DS.certificate_pem.replace(b" CERTIFICATE", b" X509 CERTIFICATE")),
        ("chain.p7b", pkcs7.serialize_certificates([DS.certificate], Encoding.DER)),
        ("chain.pem", pkcs7.serialize_certificates([DS.certificate], Encoding.PEM)),
    ],
)
def test_a_certificate_is_read_in_every_usual_form(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    imported = read(tmp_path)
    assert [each.certificate.octets for each in imported.inventory.holdings] == [DS.certificate_der]
    assert lines(imported)[name].fate is Fate.TAKEN
    assert read(tmp_path / name).inventory.holdings == imported.inventory.holdings


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_read_and_said_so(tmp_path: Path, encoding: str) -> None:
    """As some editors and PowerShell's redirection write text."""
    (tmp_path / "supplier.pem").write_bytes(DS.certificate_pem.decode().encode(encoding))
    line = lines(read(tmp_path))["supplier.pem"]
    assert line == ImportLine(
        "supplier.pem", Fate.TAKEN, f"supplier.DS of {SUPPLIER}, generation 1 (UTF-16)"
    )


def test_the_certificate_of_a_trusted_certificate_is_read(tmp_path: Path) -> None:
    require_tool("openssl")
    (tmp_path / "supplier.pem").write_bytes(DS.certificate_pem)
    trusted = openssl("x509", "-in", tmp_path / "supplier.pem", "-trustout", "-setalias", "x")
    assert b"BEGIN TRUSTED CERTIFICATE" in trusted
    (tmp_path / "supplier.pem").write_bytes(trusted)
    assert taken(read(tmp_path)) == {"supplier.DS": None}


@pytest.mark.parametrize(
    "content",
    [
        DS.key_octets(),
        DS.key_octets(Encoding.DER),
        DS.key_octets(Encoding.PEM, PrivateFormat.TraditionalOpenSSL),
        DS.key_octets(Encoding.DER, PrivateFormat.TraditionalOpenSSL),
        encrypted(DS, Encoding.PEM),
        encrypted(DS, Encoding.DER),
        encrypted(DS, Encoding.PEM, PrivateFormat.TraditionalOpenSSL),
    ],
    ids=[
        "PKCS#8",
        "PKCS#8 DER",
        "SEC1",
        "SEC1 DER",
        "encrypted",
        "encrypted DER",
        "encrypted SEC1",
    ],
)
def test_a_private_key_is_read_in_every_usual_form(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a-key").write_bytes(content)
    (tmp_path / "b.crt").write_bytes(DS.certificate_pem)
    imported = read(tmp_path, PASSWORD)
    assert taken(imported) == {"supplier.DS": DS.scalar}
    expected = "private key of supplier.DS, generation 1"
    assert lines(imported)["a-key"] == ImportLine("a-key", Fate.TAKEN, expected)


def test_a_key_file_of_openssl_with_its_curve_in_front_is_read(tmp_path: Path) -> None:
    require_tool("openssl")
    made = openssl("ecparam", "-name", "prime256v1", "-genkey")
    assert b"BEGIN EC PARAMETERS" in made
    (tmp_path / "key.pem").write_bytes(made)
    (tmp_path / "supplier.pem").write_bytes(DS.certificate_pem)
    line = lines(read(tmp_path))["key.pem"]
    assert line.fate is Fate.NO_PLACE
    assert "the public key of this private key" in line.text


@pytest.mark.parametrize("content", [encrypted(DS, Encoding.PEM), encrypted(DS, Encoding.DER)])
def test_an_encrypted_key_needs_its_password(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "supplier.crt").write_bytes(DS.certificate_pem)
    (tmp_path / "supplier.key").write_bytes(content)
    without, wrong = lines(read(tmp_path)), lines(read(tmp_path, b"another"))
    assert without["supplier.key"].fate is wrong["supplier.key"].fate is Fate.REFUSED
    assert "--password-file" in without["supplier.key"].text
    assert "does not open it" in wrong["supplier.key"].text
    assert without["supplier.crt"].fate is Fate.TAKEN


def store_of(pairs: list[Pair], name: bytes, password: bytes | None) -> bytes:
    others = [pkcs12.PKCS12Certificate(each.certificate, b"other-PP") for each in pairs[1:]]
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    first = pairs[0]
    return pkcs12.serialize_key_and_certificates(
        name, first.key, first.certificate, others or None, encryption
    )


@pytest.mark.parametrize("password", [None, PASSWORD])
@pytest.mark.parametrize("name", ["store.p12", "store.pfx"])
def test_pkcs_12_is_read_with_all_that_is_in_it(
    tmp_path: Path, name: str, password: bytes | None
) -> None:
    (tmp_path / name).write_bytes(store_of([DS, KA], b"supplier", password))
    imported = read(tmp_path, password)
    assert taken(imported) == {"supplier.DS": DS.scalar, "supplier.KA.PP": None}
    assert all(each.fate is Fate.TAKEN for each in imported.lines)


def test_pkcs_12_without_its_password_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "store.p12").write_bytes(store_of([DS], b"supplier", PASSWORD))
    for password, said in ((None, "--password-file"), (b"another", "does not open it")):
        with pytest.raises(NothingTakenError, match=said):
            read(tmp_path, password)


def test_a_bundle_may_have_any_order_and_bag_attributes(tmp_path: Path) -> None:
    """OpenSSL writes what a PKCS#12 says of each part as text before its block."""
    require_tool("openssl")
    (tmp_path / "store").write_bytes(store_of([DS, KA], b"a b: c", None))
    text = openssl("pkcs12", "-in", tmp_path / "store", "-nodes", "-passin", "pass:")
    assert b"Bag Attributes" in text
    (tmp_path / "store").unlink()
    key_first = KA.key_octets() + DS.key_octets() + text
    for content in (text, key_first):
        (tmp_path / "all.pem").write_bytes(content)
        imported = taken(read(tmp_path))
        assert imported["supplier.DS"] == DS.scalar
        assert "supplier.KA.PP" in imported


def test_a_friendly_name_in_bag_attributes_may_say_prepayment(tmp_path: Path) -> None:
    require_tool("openssl")
    (tmp_path / "store").write_bytes(store_of([KA], b"Z1-supplierPP-ka", None))
    text = openssl("pkcs12", "-in", tmp_path / "store", "-nodes", "-passin", "pass:")
    (tmp_path / "store").unlink()
    (tmp_path / "all.pem").write_bytes(DS.certificate_pem + text)
    assert set(taken(read(tmp_path))) == {"supplier.DS", "supplier.KA.PP"}


def test_an_empty_password_of_pkcs_12_needs_no_password_file(tmp_path: Path) -> None:
    require_tool("openssl")
    (tmp_path / "in").write_bytes(DS.key_octets() + DS.certificate_pem)
    made = openssl("pkcs12", "-export", "-in", tmp_path / "in", "-passout", "pass:")
    (tmp_path / "in").unlink()
    (tmp_path / "store.p12").write_bytes(made)
    assert taken(read(tmp_path)) == {"supplier.DS": DS.scalar}


@pytest.mark.parametrize("at", [0.05, 0.5, 0.9, 0.99])
def test_a_file_cut_short_is_refused_and_the_others_are_taken(tmp_path: Path, at: float) -> None:
    for form, content in (("pem", KA.certificate_pem), ("der", KA.certificate_der)):
        (tmp_path / f"cut.{form}").write_bytes(content[: int(len(content) * at)])
    (tmp_path / "whole.pem").write_bytes(DS.certificate_pem)
    told = lines(read(tmp_path))
    assert told["whole.pem"].fate is Fate.TAKEN
    assert told["cut.pem"].fate is told["cut.der"].fate is Fate.REFUSED


@pytest.mark.parametrize("label", ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"])
def test_a_certificate_of_no_octets_is_said_to_be_empty(label: str) -> None:
    content = f"-----BEGIN {label}-----\n-----END {label}-----\n".encode()
    assert [each.problem for each in items_in(content, None)] == ["it is empty"]


def test_a_file_whose_beginning_is_missing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "end.txt").write_bytes(KA.certificate_pem[40:])
    (tmp_path / "whole.pem").write_bytes(DS.certificate_pem)
    assert lines(read(tmp_path))["end.txt"].fate is Fate.REFUSED


def test_a_damaged_block_leaves_the_others_of_its_file(tmp_path: Path) -> None:
    damaged = KA.certificate_pem.replace(b"A", b"!", 1)
    cut = KA.certificate_pem[:200] + b"\n"
    (tmp_path / "all.pem").write_bytes(damaged + cut + DS.certificate_pem)
    told = lines(read(tmp_path))
    assert [each.fate for each in told.values()] == [Fate.REFUSED, Fate.REFUSED, Fate.TAKEN]
    assert list(told) == ["all.pem, block 1", "all.pem, block 2", "all.pem, block 3"]
    assert "END line" in told["all.pem, block 2"].text


def _other_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_key_on_another_curve_or_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "p384.key").write_bytes(_other_key(ec.derive_private_key(3, ec.SECP384R1())))
    (tmp_path / "rsa.key").write_bytes(_other_key(rsa.generate_private_key(65537, 2048)))
    (tmp_path / "supplier.pem").write_bytes(DS.certificate_pem)
    told = lines(read(tmp_path))
    assert told["p384.key"].text == "a key on secp384r1; SMKI keys are on P-256 [GBCS 12]"
    assert told["rsa.key"].text == "an RSA key of 2048 bits; SMKI keys are on P-256 [GBCS 12]"


def test_a_certificate_with_another_key_is_refused_by_name(tmp_path: Path) -> None:
    require_tool("openssl")
    kinds = {"rsa": ["rsa:2048"], "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]}
    for name, kind in kinds.items():
        subject = ("-x509", "-subj", "/OU=02", "-nodes", "-keyout", tmp_path / "key")
        (tmp_path / f"{name}.crt").write_bytes(openssl("req", *subject, "-newkey", *kind))
    (tmp_path / "key").unlink()
    (tmp_path / "supplier.pem").write_bytes(DS.certificate_pem)
    told = lines(read(tmp_path))
    assert told["rsa.crt"].text.startswith("an RSA key of 2048 bits")
    assert told["p384.crt"].text.startswith("a key on secp384r1")
    assert told["supplier.pem"].fate is Fate.TAKEN


@pytest.mark.parametrize(
    "whole",
    [
        pkcs7.serialize_certificates([KA.certificate], Encoding.DER),
        store_of([KA], b"name", None),
        KA.certificate_pem + KA.key_octets(),
    ],
    ids=["PKCS#7", "PKCS#12", "PEM"],
)
def test_damage_anywhere_in_a_file_is_told_and_stops_nothing(whole: bytes) -> None:
    """One octet after the other; what the library raises for it has many names."""
    content = SourceContent(SUITE)
    for at in range(len(whole)):
        damaged = whole[:at] + bytes((whole[at] ^ 0x55,)) + whole[at + 1 :]
        for item in items_in(damaged, None):
            assert "\n" not in item.problem
            content.add_certificate(item.certificate, str(at), is_top_up=False)
    assert all("\n" not in each.text for each in content.lines)


def test_no_private_key_stands_in_what_a_trace_would_show(tmp_path: Path) -> None:
    """Neither as octets nor as PEM, in any of the objects that carry it on its way."""
    (tmp_path / "key.pem").write_bytes(DS.key_octets() + DS.certificate_pem)
    content = find(tmp_path, SUITE)
    carriers = [list(blocks(DS.key_octets())), list(items_in(DS.key_octets(), None)), content]
    shown = repr([*carriers, import_pki(content, SUITE).lines])
    for secret in (DS.scalar.hex(), repr(DS.scalar)[2:-1], DS.key_octets().decode()[60:100]):
        assert secret not in shown


def test_what_is_neither_certificate_nor_key_ends_in_a_line_too(tmp_path: Path) -> None:
    (tmp_path / "supplier.pem").write_bytes(DS.certificate_pem)
    (tmp_path / "README").write_text("keys of the test bench")
    (tmp_path / "empty.pem").write_bytes(b"")
    (tmp_path / "text.pem").write_text("not a certificate")
    (tmp_path / "public.pem").write_bytes(
        DS.certificate_pem.replace(b"CERTIFICATE", b"CERTIFICATE REQUEST")
    )
    (tmp_path / "store.jks").write_bytes(bytes.fromhex("feedfeed00000002"))
    (tmp_path / "keys.json").write_text('[{"certificate": "30"}]')
    (tmp_path / "package.json").write_text("{}")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("x", "y")
    told = lines(read(tmp_path))
    assert {name: line.fate for name, line in told.items()} == {
        "README": Fate.NOTHING,
        "all.zip": Fate.REFUSED,
        "empty.pem": Fate.REFUSED,
        "keys.json": Fate.REFUSED,
        "package.json": Fate.NOTHING,
        "public.pem": Fate.REFUSED,
        "store.jks": Fate.REFUSED,
        "supplier.pem": Fate.TAKEN,
        "text.pem": Fate.REFUSED,
    }


def test_a_source_with_nothing_to_take_says_why(tmp_path: Path) -> None:
    (tmp_path / "cut.pem").write_bytes(DS.certificate_pem[:100])
    with pytest.raises(UsageError, match=r"no certificate that can be taken: cut\.pem: cut short"):
        read(tmp_path)
