"""A plan, and its check against runs, as tables."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.table import Table

from firmware_sim.bench.cli.output import human
from firmware_sim.bench.experiments.country.checking import FEWEST, TOLERANCE, Prediction

_LEAST_CORES: Final = 0.1
"""Of fewer, one place after the point says nothing."""


def show_plan(plan: Mapping[str, Any]) -> None:
    """What `plan.document` says."""
    console = human(json_wanted=False)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in plan["by_type"].items())
    console.print(plan["title"], highlight=False)
    console.print(f"{plan['devices']:,} devices: {kinds}", highlight=False)
    for table in (_results(plan), _waves(plan)):
        console.print(table)
    _show_values(plan)


def _results(plan: Mapping[str, Any]) -> Table:
    table = Table("", "", title="The recovery", show_header=False)
    for share, days in plan["days_to"].items():
        table.add_row(f"{share} recovered", "never" if days is None else f"{days:,.1f} days")
    exposure, replace = plan["exposure"], plan["to_replace"]
    table.add_row("exposure", f"{exposure['device_days']:,.0f} device-days")
    table.add_row("on average", f"{exposure['days_a_device']:,.1f} days a device")
    table.add_row("to replace or to visit", f"{replace['all']:,.0f} devices")
    table.add_row("because they refused", f"{replace['refused']:,.0f}")
    table.add_row("because they never answered", f"{replace['no_answer']:,.0f}")
    if replace["not_asked"] >= 1:
        table.add_row("not asked to the end", f"{replace['not_asked']:,.0f}")
    table.add_row("commands, each signed", f"{plan['commands']:,.0f}")
    table.add_row("of them sent again", f"{plan['sent_again']:,.0f}")
    rehearsal = plan["rehearsal"]
    if rehearsal is not None:
        cores = rehearsal["cores"]
        shown = f"{cores:,.1f}" if cores >= _LEAST_CORES else f"under {_LEAST_CORES:g}"
        text = f"{shown} for {rehearsal['hours']:g} hours"
        cost = f"{rehearsal['cpu_microseconds']:,.0f} µs a device, by {rehearsal['source']}"
        table.add_row("cores to rehearse it whole", f"{text} ({cost})")
    return table


def _waves(plan: Mapping[str, Any]) -> Table:
    table = Table("wave", title="Waves")
    for heading in ("devices", "begins on day", "all asked on day"):
        table.add_column(heading, justify="right")
    for wave in plan["waves"]:
        days = f"{wave['begins_day']:,.1f}", f"{wave['all_asked_day']:,.1f}"
        table.add_row(wave["wave"], f"{wave['devices']:,.0f}", *days)
    return table


def _show_values(plan: Mapping[str, Any]) -> None:
    console = human(json_wanted=False)
    console.print("Assumed:", highlight=False)
    for key, value in plan["assumptions"].items():
        console.print(f"  {key}: {value}", highlight=False, soft_wrap=True)
    if plan["known"]:
        console.print("Known:", highlight=False)
    for key, each in plan["known"].items():
        text = f"  {key}: {each['value']} ({each['source']})"
        console.print(text, highlight=False, soft_wrap=True)


def show_check(found: Iterable[Prediction]) -> None:
    """Prediction beside finding."""
    console = human(json_wanted=False)
    table = Table("run", "what", title="Predicted by the first run's parameters")
    for heading in ("predicted", "found", "deviation"):
        table.add_column(heading, justify="right")
    for each in found:
        note = "" if each.is_judged else " (too few)"
        mark = "" if each.is_within else " !"
        numbers = f"{each.predicted:,.1f}", f"{each.found:,.1f}"
        table.add_row(each.run, each.what, *numbers, f"{each.deviation:+.1%}{note}{mark}")
    console.print(table)
    console.print(
        f"At most {TOLERANCE:.0%} is right; fewer than {FEWEST} devices are not judged.",
        highlight=False,
    )
