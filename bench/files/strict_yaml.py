"""YAML files that people write by hand: nothing unknown, all mistakes at once with their line."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.whole_files import read_bounded
from firmware_sim.bench.files.yaml_aliases import check_aliases
from firmware_sim.bench.files.yaml_loader import Mistake, StrictLoader
from firmware_sim.bench.files.yaml_mistakes import Location, mistake_at, mistakes_in

MAX_OCTETS: Final = 1 << 20

Model = TypeVar("Model", bound=BaseModel)


class MistakesError(UsageError):
    """All mistakes of one file.

    Attributes:
        mistakes: in the order of the file.
        lines: one text for each.
    """

    def __init__(self, origin: str, mistakes: Iterable[Mistake], see: str) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda each: each.line))
        self.lines = tuple(f"{origin}, {each}" for each in self.mistakes)
        super().__init__("; ".join(self.lines), f"see {see}" if see else "")

    @property
    def told(self) -> tuple[str, ...]:
        """One line for each mistake, then where to look."""
        return (*self.lines, self.mend) if self.mend else self.lines


def read_text(path: Path, what: str) -> str:
    """The text of a file of at most 1 MiB; `what` names its kind in errors, e.g. ``story``.

    Raises:
        UsageError: it cannot be read, is longer, or is not UTF-8.
    """
    try:
        text = read_bounded(path, MAX_OCTETS, f"{what} file").decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", f"name a {what} file") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_model(
    text: str,
    origin: str,
    model: type[Model],
    see: str,
    check: Callable[[Model], Iterable[tuple[Location, str]]] | None = None,
) -> Model:
    """A value of a strict model from YAML text.

    Args:
        origin: what errors call the text, e.g. the name of its file.
        see: where the format is described.
        check: finds what no single field shows: the path of keys, and what is wrong there.

    Raises:
        UsageError: not YAML, or not such a value; lists every mistake with line and field.
    """
    root, value, mistakes = load_yaml(text, origin)
    try:
        read = model.model_validate(value)
    except ValidationError as error:
        raise MistakesError(origin, mistakes + mistakes_in(error, root, model), see) from error
    if check is not None:
        mistakes += [mistake_at(root, *found) for found in check(read)]
    if mistakes:
        raise MistakesError(origin, mistakes, see)
    return read


def read_yaml(text: str, origin: str) -> tuple[yaml.Node | None, object]:
    """The nodes of YAML text, which know their lines, and its value.

    Raises:
        UsageError: not YAML, a key is written twice, or a value is read otherwise than it looks;
            lists every mistake with its line.
    """
    root, value, mistakes = load_yaml(text, origin)
    if mistakes:
        raise MistakesError(origin, mistakes, "")
    return root, value


def load_yaml(text: str, origin: str) -> tuple[yaml.Node | None, object, list[Mistake]]:
    """The nodes and the value of YAML text, and what in it is read otherwise than it looks.

    Raises:
        MistakesError: not YAML.
    """
    try:
        loader = StrictLoader(text)
        root = _nodes(loader)
        if root is not None:
            check_aliases(root)
        value = None if root is None else loader.construct_document(root)
    except yaml.YAMLError as error:
        raise MistakesError(origin, [_syntax(error, text)], "") from error
    except RecursionError as error:  # PyYAML has no error of its own for nesting without end
        mistake = Mistake(1, "", "not readable: nested too deeply", rule="yaml")
        raise MistakesError(origin, [mistake], "") from error
    return root, value, loader.mistakes


def _nodes(loader: StrictLoader) -> yaml.Node | None:
    try:
        return loader.get_single_node()
    except (
        ValueError,
        OverflowError,
    ) as error:  # ``\U00110000``, for which PyYAML has no error of its own
        problem = "there is no such character"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=loader.get_mark()) from error


def _syntax(error: yaml.YAMLError, text: str) -> Mistake:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
    if isinstance(error, yaml.reader.ReaderError):  # which has a place, and no mark
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
    return Mistake(line, "", f"{problem}; mend the YAML", column, rule="yaml")
