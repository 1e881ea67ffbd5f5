"""YAML in which everything is what it looks like: nothing twice, no number in disguise.

YAML 1.1 reads ``010`` as 8, ``1:30`` as 90, ``1_000`` as 1000 and ``yes`` as true. A person who
wrote that may have meant something else, so each is a mistake that says what to write.
"""

import math
import re
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

import yaml
from yaml.constructor import ConstructorError

_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
_IDENTIFIER: Final = re.compile(r"0[0-9]{15}")
"""Of a device or a party: no number has so many digits and begins with a zero."""
_FRACTION: Final = re.compile(r"[-+]?[0-9]+\.[0-9]+([eE][-+][0-9]+)?")
_TRUTH: Final = {"true": True, "false": False}
_LONGEST_NUMBER: Final = 100
"""Characters; Python itself reads no number of many thousand digits."""
# A quoted value is one that the author wrote: a semicolon in it ends no sentence of ours.
_QUOTED_OR_END: Final = re.compile(r"""(?<!\w)'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|;\ """)

Value = TypeVar("Value")


class Mistake(NamedTuple):
    """One mistake in a file.

    Attributes:
        line: from 1.
        field: the path in words; empty if no field is meant.
        text: what is wrong, and after the first semicolon how to mend it.
        column: from 1.
        path: keys, and places in lists (from 0), that lead to the value.
        rule: name of the rule that it breaks.
        clause: where that rule stands, if in no text of our own.
    """

    line: int
    field: str
    text: str
    column: int = 1
    path: tuple[int | str, ...] = ()
    rule: str = "value"
    clause: str = ""

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.field}" if self.field else "")
        return f"{where}: {self.text}"

    @property
    def message(self) -> str:
        """What is wrong, alone."""
        return self._parts[0]

    @property
    def suggestion(self) -> str:
        """How to mend it, alone; may be empty."""
        return self._parts[1]

    @property
    def _parts(self) -> tuple[str, str]:
        for each in _QUOTED_OR_END.finditer(self.text):
            if each[0] == "; ":
                return self.text[: each.start()], self.text[each.end() :]
        return self.text, ""


class StrictLoader(yaml.SafeLoader):
    """Safe YAML that collects in `mistakes` what is read otherwise than it looks."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.mistakes: list[Mistake] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        """A mapping; a key that is written twice is a mistake, not the later one."""
        seen: set[str] = set()
        # By a tag such as ``!!map`` other nodes come here too, which the base class refuses.
        for key, _ in node.value if node.id == yaml.MappingNode.id else ():
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    self._complain(key, f"the key {key.value!r} is written twice", "key-twice")
                seen.add(key.value)
        return super().construct_mapping(node, deep)

    def whole_number(self, node: yaml.ScalarNode) -> int:
        """A whole number in decimal or after ``0x``."""
        value = int(_read(self.construct_yaml_int, node, "whole number"))
        if _IDENTIFIER.fullmatch(node.value):
            self._complain(node, _identifier(node.value, value))
        elif not _INTEGER.fullmatch(node.value):
            plain = node.value.replace("_", "").lstrip("+-0") or "0"
            meant = plain if plain.isdecimal() else value
            self._complain(node, _disguised(node.value, value, str(meant)))
        return value

    def fraction(self, node: yaml.ScalarNode) -> float:
        """A decimal fraction."""
        value = float(_read(self.construct_yaml_float, node, "number"))
        if not math.isfinite(value):
            self._complain(node, f"{node.value} is no number; write one in digits")
        elif not _FRACTION.fullmatch(node.value):
            self._complain(node, _disguised(node.value, value, str(value)))
        return value

    def truth(self, node: yaml.ScalarNode) -> bool:
        """``true`` or ``false``, and no other word."""
        value = bool(_read(self.construct_yaml_bool, node, "truth value"))
        if node.value not in _TRUTH:
            self._complain(node, _disguised(node.value, str(value).lower(), str(value).lower()))
        return value

    def time(self, node: yaml.ScalarNode) -> object:
        """A time or date that there is."""
        try:
            return _read(self.construct_yaml_timestamp, node, "time")
        except ValueError as error:
            self._complain(node, f"{node.value} is no time: {error}", "value")
            return node.value

    def _complain(self, node: yaml.Node, text: str, rule: str = "disguised-value") -> None:
        mark = node.start_mark
        self.mistakes.append(Mistake(mark.line + 1, "", text, mark.column + 1, rule=rule))


StrictLoader.add_constructor("tag:yaml.org,2002:int", StrictLoader.whole_number)
StrictLoader.add_constructor("tag:yaml.org,2002:float", StrictLoader.fraction)
StrictLoader.add_constructor("tag:yaml.org,2002:bool", StrictLoader.truth)
StrictLoader.add_constructor("tag:yaml.org,2002:timestamp", StrictLoader.time)


def _identifier(written: str, read: int) -> str:
    return (
        f"YAML reads {written} as the number {read}; write '{written}', for an identifier is a "
        f"text in quotes"
    )


def _read(construct: Callable[[yaml.ScalarNode], Value], node: yaml.ScalarNode, what: str) -> Value:
    """A value as PyYAML reads it, which takes for granted that a tag such as ``!!int`` fits it."""
    is_number = "number" in what
    if is_number and isinstance(node.value, str) and len(node.value) > _LONGEST_NUMBER:
        problem = f"a number of over {_LONGEST_NUMBER} characters"
        raise ConstructorError(None, None, problem, node.start_mark)
    try:
        return construct(node)
    except (KeyError, IndexError, AttributeError) as error:
        raise ConstructorError(None, None, f"this is no {what}", node.start_mark) from error
    except ValueError as error:
        if not is_number:
            raise
        raise ConstructorError(None, None, f"this is no {what}", node.start_mark) from error


def _disguised(written: str, read: object, meant: str) -> str:
    return f"YAML reads {written} as {read}; write {meant}, or '{written}' in quotes for a text"
