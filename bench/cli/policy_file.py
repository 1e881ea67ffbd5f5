"""Policy files: a mapping of open points to choices, in YAML or JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.text import Text

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.strict_yaml import read_text, read_yaml
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.policy import Policy

PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="YAML or JSON: point: choice. See policy list.", metavar="FILE"),
]


def load_policy(path: Path | None) -> Policy:
    """The policy in a file; points that it does not name stay at their defaults.

    Args:
        path: None for the default policy.

    Raises:
        UsageError: the file cannot be read, or names a point or a choice that there is not;
            says in which line.
    """
    if path is None:
        return Policy()
    text = read_text(path, "policy")
    # JSON may be indented by tabs, which YAML has only inside of strings.
    root, _ = read_yaml(text.expandtabs(1) if path.suffix == ".json" else text, str(path))
    return Policy.from_choices(dict(_choices(root, path)))


def tell_policy(policy: Policy, console: Console) -> None:
    """Name what was chosen otherwise than by default, and what of it weakens a Device."""
    for point, choice, insecure in policy.describe():
        if choice != point.default:
            line = Text("policy: ", style="dim").append(f"{point.name} {choice}", style="default")
            console.print(line.append(" (insecure)" * insecure, style="bold yellow"))


def _choices(root: yaml.Node | None, path: Path) -> Iterator[tuple[str, str]]:
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        raise UsageError(f"{path} holds no mapping", "write lines of the form point: choice")
    for key, value in root.value:
        line = key.start_mark.line + 1
        if not (isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)):
            raise UsageError(f"{path}, line {line}: not of the form point: choice", _MEND)
        try:
            # Each choice by itself, so that the error is about the line that it names.
            Policy.from_choices({key.value: value.value})
        except LocalError as error:
            raise UsageError(f"{path}, line {line}: {error.reason}", _MEND) from error
        yield key.value, value.value


_MEND = "see policy list"
