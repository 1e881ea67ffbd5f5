"""What an open point is: a field of the policy that says what it asks, and on what ground."""

from dataclasses import field, fields
from typing import Any, NamedTuple, get_args, get_type_hints


class OpenPoint(NamedTuple):
    """One question that the public sources do not settle."""

    name: str
    question: str
    alternatives: tuple[str, ...]
    default: str
    source: str
    insecure: tuple[str, ...]


class PolicyChoice(NamedTuple):
    """A point and what a policy chose; `insecure` marks a choice that weakens the Device."""

    point: OpenPoint
    choice: str
    insecure: bool


def open_point(default: str, question: str, source: str, *insecure: str) -> Any:
    """A dataclass field for one point, whose type is the Literal of its alternatives."""
    metadata = {"question": question, "source": source, "insecure": insecure}
    return field(default=default, metadata=metadata)


def points_of(policy: Any) -> tuple[OpenPoint, ...]:
    """Every point of a dataclass whose fields are all made with `open_point`."""
    hints = get_type_hints(policy)
    return tuple(
        OpenPoint(
            item.name,
            item.metadata["question"],
            get_args(hints[item.name]),
            str(item.default),
            item.metadata["source"],
            item.metadata["insecure"],
        )
        for item in fields(policy)
    )
