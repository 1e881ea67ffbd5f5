"""What a twin run says to people."""

from collections.abc import Sequence

from rich.console import Console

from firmware_sim.bench.cli.output import stderr, styled
from firmware_sim.bench.experiments.twin.comparing import TwinDifference
from firmware_sim.bench.experiments.twin.finding import TwinFinding
from firmware_sim.bench.experiments.twin.running import TwinResult


def all_of(targets: Sequence[str]) -> str:
    """Simulator and targets, in a word."""
    return "Both" if len(targets) == 1 else f"All {1 + len(targets)}"


def tell(result: TwinResult, targets: Sequence[str], console: Console) -> None:
    """Differences, each with the command that shows it again, and what was compared."""
    for found in result.differences:
        _tell_finding(found, targets, console)
    refused = sum(result.refusals.values())
    console.print(
        f"The simulator and {', '.join(targets)} took the same {result.commands} commands. They "
        f"were made new devices {result.trials} times.\n"
        f"After each command, answer, refusal and trust store were compared; of each device, the "
        f"flash image at the end.\n"
        f"{result.executed} were executed, {refused} refused for {len(result.refusals)} reasons. "
        f"{result.alerts} alerts came at a time of their own, and the power was cycled "
        f"{result.power_cycles} times.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    line = styled("[bold]{number} differences[/]", number=len(result.differences))
    console.print(line, highlight=False, soft_wrap=True)


def _tell_finding(found: TwinFinding, targets: Sequence[str], console: Console) -> None:
    tell_difference(found.difference, targets, console)
    if found.told:
        console.print(f"  {found.told}", markup=False, highlight=False, soft_wrap=True)
    options = " ".join(f"--target '{target}'" for target in targets)
    replay = f"  firmware-sim twin replay '{found.token}' {options}"
    console.print(replay, markup=False, highlight=False, soft_wrap=True)


def tell_interrupted(result: TwinResult, targets: Sequence[str]) -> None:
    """How far a run came, on standard error; a difference that was being shrunk is not lost."""
    for found in result.differences:
        _tell_finding(found, targets, stderr)
    came = f"Interrupted after {result.commands} commands"
    same = "" if result.differences else "; until then there was no difference"
    stderr.print(f"{came}{same}.", markup=False, highlight=False, soft_wrap=True)


def tell_difference(difference: TwinDifference, targets: Sequence[str], console: Console) -> None:
    """Where two parted, and what each did."""
    step = "at the end" if difference.step is None else f"at step {difference.step}"
    line = styled(
        "[bold red]{what} differs[/] {step} of trial {trial}",
        what=difference.what,
        step=step,
        trial=difference.trial,
    )
    console.print(line)
    names = ("simulator", difference.one), (targets[difference.twin - 1], difference.other)
    for name, text in names:
        console.print(f"  {name}: {text}", markup=False, highlight=False, soft_wrap=True)
