"""The key store of DCC Boxed: JSON by Entity Identifier, usage and serial number; PEM in it."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel, Field

from firmware_sim.bench.smki.containers import Item, items_in, key_in_pem
from firmware_sim.bench.smki.names import says_top_up


class BoxedEntry(BaseModel):
    """What stands under one serial number; each part may be missing.

    Attributes:
        name: free text, in published stores the certificate's file name; it alone says that a
            key agreement key is for prepayment top-up.
    """

    certificate: str = ""
    private_key: str = Field(default="", alias="privateKey", repr=False)
    name: str = ""


BoxedStore = dict[str, dict[str, dict[str, BoxedEntry]]]
"""Entity Identifier, usage (``digitalSignature`` or ``keyAgreement``), serial number in decimal."""

_USAGES: Final = {"digitalSignature": "ds", "keyAgreement": "ka"}
_TOP_UP: Final = {"ka": "pp-ka"}


def flattened(
    store: Mapping[str, Mapping[str, Mapping[str, BoxedEntry]]],
) -> Iterator[dict[str, object]]:
    """The entries one by one, with the field names of a reference set's key store.

    A certificate or key that cannot be read is told in ``problem`` and left empty.
    """
    for entity, usages in store.items():
        for usage, entries in usages.items():
            for serial, entry in entries.items():
                short = _USAGES.get(usage, usage)
                certificate, key = _certificate(entry), _private_key(entry)
                yield {
                    "entity": entity.replace("-", "").replace(" ", "").lower(),
                    "usage": _TOP_UP.get(short, short) if says_top_up(entry.name) else short,
                    "name": entry.name or serial,
                    "certificate": certificate.certificate,
                    "private_scalar": key.scalar or None,
                    "problem": "; ".join(filter(None, (certificate.problem, key.problem))),
                }


def _certificate(entry: BoxedEntry) -> Item:
    if not entry.certificate:
        return Item()
    items = list(items_in(entry.certificate.encode(), None))
    if len(items) != 1 or not (items[0].certificate or items[0].problem):
        return Item(problem="its certificate is not one PEM certificate")
    return items[0]


def _private_key(entry: BoxedEntry) -> Item:
    return key_in_pem(entry.private_key.encode(), None) if entry.private_key else Item()
