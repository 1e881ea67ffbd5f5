"""The verbs of authors, each with an example, in the order of their work."""

from collections.abc import Callable

import typer

from firmware_sim.bench.cli.authoring.check import check
from firmware_sim.bench.cli.authoring.listing import list_stories
from firmware_sim.bench.cli.authoring.new import new
from firmware_sim.bench.cli.authoring.schema import schema
from firmware_sim.bench.cli.authoring.show import show


def register(app: typer.Typer) -> None:
    """Add them to ``firmware-sim drill``."""
    verbs: dict[str, tuple[Callable[..., None], str]] = {
        "list": (list_stories, ""),
        "new": (new, " --key root --name my-root"),
        "show": (show, " gpf-handover"),
        "check": (check, " my-story.yaml --devices 3000"),
        "schema": (schema, " > story.schema.json"),
    }
    for name, (verb, rest) in verbs.items():
        app.command(name, epilog=f"Example: firmware-sim drill {name}{rest}")(verb)
