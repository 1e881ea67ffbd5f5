"""A conformance result for people: one table, then one line for each thing that is not right."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.experiments.conformance.protections import Checked
from firmware_sim.bench.experiments.conformance.result import ConformanceResult, Finding
from firmware_sim.bench.experiments.conformance.roundtrip import Form

_GOOD, _BAD, _OPEN = "green", "bold red", "yellow"
_SHOWN = 20


def print_summary(result: ConformanceResult, console: Console) -> None:
    """Print what the run found."""
    console.print(_table(result))
    for title, style, findings in _lists(result):
        if findings:
            console.print(f"\n{title}", style=style)
            for finding in findings[:_SHOWN]:
                console.print(Text(f"  {finding.name}: {finding.reason}"), soft_wrap=True)
            if len(findings) > _SHOWN:
                console.print(f"  and {len(findings) - _SHOWN} more; --json names them all")
    console.print(Text(f"\nTime: {result.context['time_reading']}."), soft_wrap=True)


def _table(result: ConformanceResult) -> Table:
    table = Table(title="Reference messages", title_justify="left")
    for heading in ("check", "good", "bad", "open", "what is open"):
        table.add_column(heading, justify="right" if heading in ("good", "bad", "open") else "left")
    for check, good, bad, undecided, what in _rows(result):
        table.add_row(
            check,
            Text(str(good), _GOOD if good else ""),
            Text(str(bad), _BAD if bad else ""),
            Text(str(undecided), _OPEN if undecided else ""),
            what if undecided else "",
        )
    return table


def _rows(result: ConformanceResult) -> Iterator[tuple[str, int, int, int, str]]:
    messages, trips, replay = result.messages, result.round_trip, result.replay
    yield "parsed", messages["parsed"], messages["failed"], 0, ""
    for check, counts in (
        ("signature", result.signatures),
        ("MAC", result.macs),
        ("certification request", result.requests),
        ("answer, its payload given", result.answers),
        ("encrypted item", result.items),
        ("DLMS access, its values given", result.access),
    ):
        good, bad, no_key = (counts[verdict] for verdict in Checked)
        yield check, good, bad, no_key, "no published key"
    good, bad = trips[Form.IDENTICAL], trips[Form.DIFFERS]
    yield "encoded again", good, bad, trips[Form.NON_DER], "not DER, equal otherwise"
    yield "replayed", replay.found_out, len(replay.differ), len(replay.unsupported), "not executed"
    yield "replayed, given in part", len(replay.from_answer), 0, 0, ""


def _lists(result: ConformanceResult) -> Iterator[tuple[str, str, Sequence[Finding]]]:
    yield "Wrong", _BAD, result.wrong
    yield "Answered otherwise", _BAD, result.replay.differ
    yield "Broken off, so that nothing is known", _BAD, result.replay.broken
    yield "Expected to fail, and no failure", _BAD, result.replay.stale
    yield "Failed as expected", _OPEN, result.replay.expected
    yield "Not executed", _OPEN, result.replay.unsupported
    yield (
        "Without counterpart",
        _OPEN,
        [Finding(name, "its command or response is not in the set") for name in result.unpaired],
    )
    yield (
        "Replayed with something that the answer itself gave",
        _OPEN,
        [Finding(name, ", ".join(what)) for name, what in result.replay.from_answer.items()],
    )
    yield (
        "Replayed with the private half of a key pair made up",
        _OPEN,
        [Finding(name, ", ".join(what)) for name, what in result.replay.stood_in.items()],
    )
    style = _BAD if result.strict else _OPEN
    yield "Answered in BER that is not DER", style, result.replay.not_der
    yield "Keys that cannot be used", _OPEN, result.unusable_keys
    words = "Tolerated without --strict" if result.strict else "Not checked, or not DER"
    yield words, style, result.tolerated
