"""``firmware-sim drill check``: every mistake of a story, before anything runs."""

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.text import Text

from firmware_sim.bench.cli.authoring.options import Json, StoryName
from firmware_sim.bench.cli.output import print_json, stderr, stdout, styled
from firmware_sim.bench.cli.policy import PolicyFile, load_policy
from firmware_sim.bench.drills.checking import Contradiction
from firmware_sim.bench.drills.estate_inputs import estate_contradictions
from firmware_sim.bench.drills.remarks import remarks
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import StorySource, examine, story_source
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.wording import count
from firmware_sim.bench.experiments.fleet.census import at_size, size_of
from firmware_sim.bench.experiments.fleet.planning import check_story
from firmware_sim.bench.files.strict_yaml import MistakesError
from firmware_sim.bench.files.yaml_loader import Mistake
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.gbcs.policy import Policy


def check(
    story: StoryName,
    policy: PolicyFile = None,
    premises: Annotated[
        int | None, typer.Option(min=1, help="As for drill run: how many homes.")
    ] = None,
    devices: Annotated[
        int | None, typer.Option(min=1, help="As for fleet run: how many devices.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find every mistake of a story without running it.

    What is unknown, cannot be read or contradicts itself, with its place, rule and remedy. If the
    story or an option says how many premises there are, its devices are drawn as with --seed 1, so
    that a number that is too large is found. --devices looks at the story as fleet run plays it.

    Exit code 4 if there is any.
    """
    if premises is not None and devices is not None:
        raise UsageError("--premises and --devices are two sizes", "give one")
    source = story_source(story)
    with stderr.status("Reading the story, and drawing its devices"):
        loaded, mistakes = _examined(source, load_policy(policy), premises, devices)
    if as_json:
        print_json([as_finding(mistake) for mistake in mistakes])
    else:
        _tell(source.origin, mistakes)
        _remark(loaded if not mistakes else None)
    raise typer.Exit(ExitCode.USAGE if mistakes else ExitCode.PASSED)


def as_finding(mistake: Mistake) -> dict[str, object]:
    """One mistake for programs; lines and columns from 1, places in lists of `path` from 0.

    `field` is the same place as people are told it, with places from 1.
    """
    return {
        "line": mistake.line,
        "column": mistake.column,
        "path": list(mistake.path),
        "field": mistake.field,
        "rule": mistake.rule,
        "clause": mistake.clause,
        "message": mistake.message,
        "suggestion": mistake.suggestion,
    }


def _examined(
    source: StorySource, policy: Policy, premises: int | None, devices: int | None
) -> tuple[Story | None, list[Mistake]]:
    def of_size(story: Story) -> Iterable[Contradiction]:
        if devices is None:
            return estate_contradictions(story, source.origin, policy, premises)
        check_story(story)
        size = size_of(story, devices)
        sized = at_size(story, size)
        alone = size.premises if sized.population is None else None
        return estate_contradictions(sized, source.origin, policy, alone)

    try:
        return examine(source.text, source.origin, policy, of_size)
    except MistakesError as error:  # not YAML at all
        return None, list(error.mistakes)


def _remark(story: Story | None) -> None:
    """What changes neither the exit code nor the JSON: no mistake, and easily not expected."""
    for each in () if story is None else remarks(story):
        line = styled("[dim]Remark[/] {text}", text=each)
        stdout.print(line, highlight=False, soft_wrap=True)


def _tell(origin: str, mistakes: Iterable[Mistake]) -> None:
    told = list(mistakes)
    for each in told:
        place = f"{origin}:{each.line}:{each.column}:"
        rule = f"[{each.rule}{', ' if each.clause else ''}{each.clause}]"
        line = styled("[bold]{place}[/] {field}{message}", place=place, **_words(each))
        stdout.print(line, Text(rule, style="dim"), highlight=False, soft_wrap=True)
        if each.suggestion:
            stdout.print(f"    {each.suggestion}", highlight=False, soft_wrap=True)
    if told:
        verdict = f"{count(len(told), 'mistake')}. Nothing runs before all is mended."
    else:
        verdict = f"{origin}: no mistake found."
    stdout.print(verdict, highlight=False, soft_wrap=True)


def _words(mistake: Mistake) -> dict[str, str]:
    return {
        "field": f"{mistake.field}: " if mistake.field else "",
        "message": mistake.message,
    }
