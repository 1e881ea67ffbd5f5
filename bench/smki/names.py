"""What the names in a foreign PKI say."""

import re

_TOP_UP = re.compile(
    r"(?<![a-z])(?:pp|top[-_ ]?up|pre-?pay(?:ment)?)(?![a-z])|supplier[-_ ]?pp(?![a-z])",
    re.IGNORECASE,
)
# In one word with what stands before it, a capital tells where it starts: supplierPP-ka.
_TOP_UP_IN_WORD = re.compile(r"(?<=[a-z])(?:PP|TopUp|Topup|Pre[Pp]ay(?:ment)?)(?![a-z])")
_NUMBER = re.compile(r"\d+")


def says_top_up(name: str) -> bool:
    """Whether a name marks a key agreement key for prepayment top-up, which no certificate does."""
    return bool(_TOP_UP.search(name) or _TOP_UP_IN_WORD.search(name))


def generation_in(name: str) -> int:
    """The first number in a name; 1 if there is none."""
    number = _NUMBER.search(name)
    return int(number.group()) if number else 1
