"""Bring the figures in a page up to date from the result of a run.

::

    firmware-sim conformance run DIR --json > result.json
    python -m scripts.tables.conformance_figures result.json docs/conformance.md

The figures stand between ``<!-- figures of a run -->`` and ``<!-- end of figures -->``.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts.tables import table

_PLACE = re.compile(r"(<!-- figures of a run -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_SIZE = re.compile(r"A run over (\d+) messages")

Result = Mapping[str, Any]
"""What ``conformance run --json`` prints."""


def with_figures(page: str, result: Result) -> str:
    """A Markdown page with the figures of a result in place of those that it has.

    Raises:
        ValueError: the page has no place for figures, or more than one.
    """
    if len(_PLACE.findall(page)) != 1:
        raise ValueError("the page needs one place for the figures of a run")
    text = figures(result)
    # A blank line on both sides: Markdown takes what follows a comment for part of it.
    return _PLACE.sub(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page)


def stated_size(page: str) -> int:
    """How many messages the run had whose figures a page shows.

    Raises:
        ValueError: the page does not say.
    """
    found = _SIZE.search(page)
    if found is None:
        raise ValueError("the page does not say how many messages its figures are about")
    return int(found[1])


def figures(result: Result) -> str:
    """The figures as Markdown."""
    checks = table(("check", "good", "bad", "open"), _checks(result))
    replayed = result["replay"]["use_cases"].items()
    rows = ((name, str(found["pairs"]), str(found["matched"])) for name, found in replayed)
    pairs = table(("use case", "pairs", "matched"), rows)
    size = sum(result["messages"].values())
    return f"A run over {size} messages found:\n\n{checks}\n\n{pairs}\n\n{_remarks(result)}"


def _checks(result: Result) -> Iterator[tuple[str, ...]]:
    messages, trips, replay = result["messages"], result["round_trip"], result["replay"]
    counts = {"parsed": (messages["parsed"], messages["failed"], 0)}
    for check, key in (
        ("signature", "signatures"),
        ("MAC", "macs"),
        ("certification request", "certification_requests"),
        ("answer, its payload given", "answers"),
        ("encrypted item", "encrypted_items"),
        ("DLMS access, its values given", "dlms_access"),
    ):
        counts[check] = tuple(result[key][verdict] for verdict in ("ok", "bad", "no_key"))
    counts["encoded again"] = trips["identical"], trips["differs"], trips["non_der"]
    unsupported = len(replay["unsupported"])
    counts["replayed"] = replay["found_out"], len(replay["differ"]), unsupported
    counts["replayed, given in part"] = len(replay["from_answer"]), 0, 0
    return ((check, *map(str, found)) for check, found in counts.items())


def _remarks(result: Result) -> str:
    replay = result["replay"]
    wrong = sum(map(len, replay["wrong_states"].values()))
    lines = [
        f"wrong start states that a match was distinguished from: {wrong}",
        f"responses whose MAC is equal to the last octet: {replay['macs_equal']}",
        f"pairs with a fault given to the device: {len(replay['injected_faults'])}",
        f"pairs with the private half of a key pair made up: {len(replay['stood_in'])}",
        f"credential messages without counterpart: {len(result['unpaired'])}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def main(result: Path, page: Path) -> None:
    """Rewrite a page from the result of a run."""
    text = page.read_text(encoding="utf-8")
    found = json.loads(result.read_text(encoding="utf-8"))
    page.write_text(with_figures(text, found), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
