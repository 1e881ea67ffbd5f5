"""``firmware-sim policy``: what public sources leave open, and what was chosen."""

from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from firmware_sim.bench.cli.output import print_json, stdout
from firmware_sim.bench.cli.policy_file import load_policy
from firmware_sim.gbcs.open_points import PolicyChoice

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Show the policy of a Device."""


@app.command(
    "list",
    epilog="Example: firmware-sim policy list --policy my-policy.yaml, where the file has lines "
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
