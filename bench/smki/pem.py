"""PEM as people have it: several blocks in any order, bag attributes between, CRLF, UTF-16, cut."""

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

_BEGIN: Final = re.compile(rb"-----BEGIN ([A-Z0-9 #]{1,64})-----")
_FRIENDLY_NAME: Final = re.compile(rb"^ *friendlyName: ?([^\n]{1,200})", re.MULTILINE)
_MARK: Final = b"-----"
_UTF_16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_BARE_UTF_16: Final = {b"-\0-\0": "utf-16-le", b"\0-\0-": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class PemBlock:
    """One block of a PEM file.

    Attributes:
        label: what stands behind BEGIN, such as ``CERTIFICATE``.
        pem: the block with its BEGIN and END lines, for a library that reads PEM.
        name: the friendlyName in the bag attributes before it; empty if there is none.
        octets: its content; empty if `problem` says why it cannot be read, or if header lines
            stand in it, as in an encrypted key of the old form.
    """

    label: str
    pem: bytes = field(default=b"", repr=False)
    octets: bytes = field(default=b"", repr=False)
    problem: str = ""
    name: str = ""


def as_ascii(content: bytes) -> tuple[bytes, str]:
    """The content with one octet a character and bare line feeds, and ``UTF-16`` if it was that.

    What is neither UTF-16 nor text with CRLF stays as it is.
    """
    name = _UTF_16.get(content[:2]) or _BARE_UTF_16.get(content[:4])
    note = ""
    if name is not None:
        content = content.decode(name, "replace").lstrip("\ufeff").encode("ascii", "replace")
        note = "UTF-16"
    content = content.removeprefix(codecs.BOM_UTF8)
    if is_pem(content):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content, note


def is_pem(content: bytes) -> bool:
    """Whether there is a BEGIN or an END line, or what is left of one."""
    return b"-----BEGIN" in content or b"-----END" in content


def blocks(content: bytes) -> Iterator[PemBlock]:
    """Every block, also one that is damaged or cut short.

    Args:
        content: as `as_ascii` returns it.
    """
    starts = list(_BEGIN.finditer(content))
    before = content[: starts[0].start()] if starts else content
    if is_pem(before):
        yield PemBlock("", problem="cut or damaged: a BEGIN or END line stands alone")
    for number, start in enumerate(starts):
        stop = starts[number + 1].start() if number + 1 < len(starts) else len(content)
        before = content[starts[number - 1].start() if number else 0 : start.start()]
        name = _name(before.rpartition(b"-----END")[2])
        yield replace(_block(start[1].decode("ascii"), content[start.start() : stop]), name=name)


def _name(attributes: bytes) -> str:
    found = _FRIENDLY_NAME.search(attributes)
    return found[1].decode("utf-8", "replace").strip() if found else ""


def _block(label: str, region: bytes) -> PemBlock:
    end = b"-----END " + label.encode("ascii") + _MARK
    at = region.find(end)
    if at < 0:
        return PemBlock(label, problem=f"cut short: the END line of its {label} is missing")
    pem = region[: at + len(end)] + b"\n"
    body = region[region.index(_MARK, len(_MARK)) + len(_MARK) : at]
    if b":" in body:
        return PemBlock(label, pem)
    try:
        return PemBlock(label, pem, binascii.a2b_base64(b"".join(body.split()), strict_mode=True))
    except binascii.Error as error:
        return PemBlock(label, pem, problem=f"damaged {label}: {str(error).lower()}")
