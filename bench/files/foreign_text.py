"""Text of others, shown: nothing in it moves a cursor, turns what follows, or cannot be seen.

Terminal, page, JUnit document and tables all show foreign text by way of this module.
"""

from typing import Final
from unicodedata import category

# Controls; formats, among them what turns the direction of writing (U+202A to U+202E, U+2066 to
# U+2069), zero-width characters and soft hyphens; surrogates; separators of lines and paragraphs.
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Letters and marks without a shape of their own (Unicode's Default_Ignorable_Code_Point).
_FORMULA: Final = "=+-@\t\r"
_BLANK: Final = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"


def visible(text: str) -> str:
    """Text with every character that is unseen, or acts, as its number in hexadecimal.

    New lines and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if _is_seen(each) else _number(each) for each in text)


def in_one_line(text: str) -> str:
    """The same, with new lines and tabs written out too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def in_a_cell(text: str) -> str:
    """The same for a spreadsheet; what it would take for a formula begins with an apostrophe."""
    shown = visible(text)
    return f"'{shown}" if text[:1] in _FORMULA and text else shown


def _is_seen(character: str) -> bool:
    if character in "\n\t":
        return True
    if category(character) in _UNSEEN or character in _BLANK:
        return False
    return not _is_no_character(ord(character))


def _is_no_character(code: int) -> bool:
    """The noncharacters of Unicode, two of which XML cannot hold."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _number(character: str) -> str:
    code = ord(character)
    if character == "\r":
        return "\\r"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
