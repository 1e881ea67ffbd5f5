"""Words of the specification and of the law, for a reader who meets them for the first time."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple


class Term(NamedTuple):
    """A word, how else it is written, and what it means."""

    word: str
    meaning: str
    also: tuple[str, ...] = ()


GLOSSARY: Final = (
    Term("Compromise", "A private key is, or may be, in hands that it does not belong to.",
         ("compromised", "Compromised")),
    Term("SMKI PMA", "The committee that oversees the keys of smart metering. It must decide "
         "before a Recovery or Contingency key is used."),
    Term("DCC", "The company that runs the communications of smart metering, and the certification "
         "authorities of its keys."),
    Term("Root", "The certification authority from which every organisation's certificate hangs "
         "(Root OCA).", ("Root OCA",)),
    Term("Contingency key", "A key outside the Root's tree; its public half lies encrypted in the "
         "root cell, for the day the Root falls.",
         ("Contingency Private Key", "Contingency Key", "contingency key")),
    Term("Recovery key", "A key that may replace the credentials of any party, for the day one of "
         "them is stolen.", ("Recovery Private Key", "Recovery Key", "recovery key")),
    Term("Access Control Broker", "The part of the DCC that checks each command to a device and "
         "protects it with a key of its own."),
    Term("Communications Hub", "The device that connects a home's meters with the DCC."),
    Term("Gas Proxy Function", "The part of a Communications Hub that speaks for the gas meter, "
         "which sleeps most of the time."),
    Term("Trust Anchor Cell", "A place in a device that holds one public key of one role. A device "
         "obeys only the holders of the private keys that belong to them."),
    Term("Key identifier", "Eight octets that name a public key, made from the key itself."),
    Term("Originator Counter", "A number that only grows, in every command: a device refuses one "
         "that it has seen."),
    Term("CS02a, CS02b", "The commands that read a device's cells, and that replace them."),
    Term("ESME, GSME, GPF, CHF", "Electricity meter, gas meter, Gas Proxy Function and "
         "Communications Hub Function of a home."),
    Term("Recovery Event", "What follows a Compromise by law: type A if the SMKI PMA required a "
         "protected key, type B if it declined and ordinary commands had been tried or were not "
         "feasible (SEC L10.14)."),
    Term("Relevant Device", "A commissioned device whose cells hold, or are believed to hold, data "
         "of a compromised certificate (SEC L10.30(a))."),
    Term("Recovery Costs", "What may be claimed after a Recovery Event (SEC L10.17 to L10.24)."),
)  # fmt: skip


def terms_in(texts: Iterable[str]) -> list[Term]:
    """The words of the glossary that stand in some texts, in the order of the glossary."""
    text = " ".join(texts)
    return [term for term in GLOSSARY if _pattern(term).search(text)]


def _pattern(term: Term) -> re.Pattern[str]:
    forms = "|".join(re.escape(form) for form in (term.word, *term.also))
    return re.compile(rf"\b(?:{forms})s?\b")
