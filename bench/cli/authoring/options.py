"""What the verbs of authors share."""

from typing import Annotated

import typer

StoryName = Annotated[
    str, typer.Argument(metavar="STORY", help="A story's name, or a file with one.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]
