"""Aliases of YAML: a small file cannot stand for a large value, nor for one without end.

``*name`` stands for what was written after ``&name``. Ten lists of ten aliases each, one within
the other, are ten billion values in half a kilobyte, and an alias may name what it stands in.
"""

from collections.abc import Iterator
from typing import Final

import yaml

MOST_VALUES: Final = 1 << 20
"""So many values a file may stand for, all aliases written out; without aliases none has more."""


class TooManyValuesError(yaml.MarkedYAMLError):
    """Written out, a file has no end, or is too large."""


def check_aliases(root: yaml.Node) -> None:
    """Nothing, if the value below a node can be written out.

    Raises:
        TooManyValuesError: it has over `MOST_VALUES` values, or contains itself; has the place.
    """
    counts: dict[yaml.Node, int] = {}
    open_nodes: set[yaml.Node] = {root}
    stack = [(root, _children(root))]
    while stack:
        node, rest = stack[-1]
        child = next(rest, None)
        if child is None:
            open_nodes.discard(node)
            counts[node] = 1 + sum(counts[each] for each in _children(node))
            if counts[node] > MOST_VALUES:
                raise _at(node, f"aliases make over {MOST_VALUES} values of this")
            stack.pop()
        elif child in open_nodes:
            raise _at(child, "an alias stands in what it stands for")
        elif child not in counts:
            open_nodes.add(child)
            stack.append((child, _children(child)))


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from (key, value)


def _at(node: yaml.Node, problem: str) -> TooManyValuesError:
    return TooManyValuesError(problem=problem, problem_mark=node.start_mark)
