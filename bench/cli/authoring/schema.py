"""``firmware-sim drill schema``: the JSON Schema of a story, for editors."""

import sys

from firmware_sim.bench.drills.authoring.schema import schema_text


def schema() -> None:
    """Print the JSON Schema of a story.

    An editor that knows it completes keys and values, and shows what each means.
    """
    sys.stdout.write(schema_text())
