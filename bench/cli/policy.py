"""``firmware-sim policy``, and policy files: what public sources leave open, and what was chosen.

A policy file is a mapping of open points to choices, in YAML or JSON.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.strict_yaml import read_text, read_yaml
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.open_points import PolicyChoice
from firmware_sim.gbcs.policy import Policy

_MEND = "see policy list"

app = typer.Typer(no_args_is_help=True)

PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="YAML or JSON: point: choice. See policy list.", metavar="FILE"),
]


@app.callback()
def _group() -> None:
    """Show the policy of a Device."""


@app.command(
    "list",
    epilog="Example: firmware-sim policy list --policy my-policy.yaml. The file has lines "
    "such as time_checks: always.",
)
def list_points(
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show the choices of this file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")] = False,
) -> None:
    """List every open point: its alternatives, the one chosen, and on what ground it stands."""
    choices = load_policy(policy).describe()
    if as_json:
        print_json([_row(each) for each in choices])
        return
    for each in choices:
        stdout.print(_shown(each), highlight=False)
    stdout.print(
        "[chosen]  *: the default. (insecure): weakens a Device.",
        style="dim",
        markup=False,
        highlight=False,
    )


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


def print_policy(policy: Policy, console: Console) -> None:
    """Name what was chosen otherwise than by default, and what of it weakens a Device."""
    for point, choice, insecure in policy.describe():
        if choice != point.default:
            line = Text("policy: ", style="dim").append(f"{point.name} {choice}", style="default")
            console.print(line.append(" (insecure)" * insecure, style="bold yellow"))


def _shown(choice: PolicyChoice) -> Padding:
    point = choice.point
    lines = Text.assemble((point.name, "bold"), f"  {point.question}\n    ")
    for number, name in enumerate(point.alternatives):
        is_chosen, weakens = name == choice.choice, name in point.insecure
        text = name + "*" * (name == point.default) + " (insecure)" * weakens
        style = "yellow" if weakens else "green" if is_chosen else "default"
        lines.append(" | " if number else "").append(
            f"[{text}]" if is_chosen else text, style=f"bold {style}" if is_chosen else style
        )
    return Padding(lines.append(f"\n    {point.source}", style="dim"), (0, 0, 1, 0))


def _row(choice: PolicyChoice) -> dict[str, object]:
    point = choice.point
    return {
        "point": point.name,
        "question": point.question,
        "alternatives": list(point.alternatives),
        "insecure": list(point.insecure),
        "default": point.default,
        "choice": choice.choice,
        "source": point.source,
    }


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
