"""How to get what an optional part of the package needs, in words that work where they are read.

`pip install 'firmware-sim[report]'` asks a package index for a firmware-sim. Who installed a wheel
from a file has no such index, and must not trust one that answers: the name may be another's.
"""

import re
from importlib.metadata import PackageNotFoundError, requires

_EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")


def how_to_get(extra: str) -> str:
    """The command that installs the packages of an extra of firmware-sim, each by its own name."""
    try:
        listed = requires("firmware-sim") or []
    except PackageNotFoundError:
        return f"install what pyproject.toml lists under {extra}"
    wanted = []
    for line in listed:
        requirement, _, marker = line.partition(";")
        if (named := _EXTRA.search(marker)) and named[1] == extra:
            wanted.append(f"'{requirement.strip()}'")
    return "pip install " + " ".join(wanted)
