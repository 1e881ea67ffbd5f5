"""``firmware-sim drill``: rehearse a story, make its report again; beside the verbs of authors."""

import gc
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from firmware_sim.bench.cli import drill_again, drill_ending
from firmware_sim.bench.cli.authoring import verbs
from firmware_sim.bench.cli.drill_cost import TARGETS_OF_FLEETS, agree_to_cost, fleet_of
from firmware_sim.bench.cli.drill_ending import RunEnding
from firmware_sim.bench.cli.drill_rehearsing import rehearsed
from firmware_sim.bench.cli.live_page import LIVE_HOST, LiveHost, LivePage, LivePort
from firmware_sim.bench.cli.output import stderr, stdout
from firmware_sim.bench.cli.policy import PolicyFile, load_policy, print_policy
from firmware_sim.bench.cli.taken_folder import new_run_folder, refuse_taken
from firmware_sim.bench.drills.estate_inputs import check_estate, inventory_of, premises_of
from firmware_sim.bench.drills.faults import check_target
from firmware_sim.bench.drills.notice_folder import NOTICES_FOLDER
from firmware_sim.bench.drills.runner import run_drill
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import (
    read_story,
    story_source,
)
from firmware_sim.bench.dut.opening import named_target
from firmware_sim.bench.evidence.chain import ChainHead
from firmware_sim.bench.evidence.database import ledger_named_in_errors
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.folder import REPORT_NAME
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.pcap import captured, write_pcap
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.run_info import (
    GUIDANCE,
    INVENTORY,
    STORY,
    GovernanceEvent,
    InputText,
    RunInfo,
    versions,
)
from firmware_sim.bench.evidence.sealing import report_again, seal
from firmware_sim.bench.files.strict_yaml import read_text
from firmware_sim.bench.governance.guidance import Guidance, load_guidance, shipped_guidance
from firmware_sim.bench.outcome import Outcome
from firmware_sim.gbcs.policy import Policy

app = typer.Typer(no_args_is_help=True)
verbs.register(app)

_MANY: Final = 100
"""Of so many homes and more the record needs memory that counts."""

_WITHOUT_NOTICES: Final = (
    f"{NOTICES_FOLDER}/ is not there: only a run that comes to its end writes it. To have it, run "
    "the drill again in another folder."
)

Json = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]


@app.command(epilog="Example: firmware-sim drill run gpf-handover --premises 5")
def run(  # noqa: PLR0913, PLR0917 - one parameter an option
    story: Annotated[str, typer.Argument(help="A story's name, or a file with one.")],
    target: Annotated[
        str,
        typer.Option(
            help="memory | native | mqtt (our own broker) | mqtt://HOST | gateway | board:NAME | "
            "serial:URL | gfi:URL"
        ),
    ] = "memory",
    premises: Annotated[
        int | None, typer.Option(min=1, help="How many homes; default 1, or the story's own.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Decides every key and random value.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the run; default runs/DATE-STORY.")
    ] = None,
    policy: PolicyFile = None,
    pcap: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every message for Wireshark too.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Go on though it will take long or much memory.")
    ] = False,
    as_json: Json = False,
    _with_keys: Annotated[
        bool,
        typer.Option("--with-keys", hidden=True, help="No effect: a run holds every key."),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="An answer that is not DER fails its device.")
    ] = False,
    guidance: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Another SMKI Recovery Key Guidance, as YAML."),
    ] = None,
    live: LivePort = None,
    live_host: LiveHost = LIVE_HOST,
) -> None:
    """Rehearse a story and leave a report."""
    chosen = load_policy(policy)
    guide = shipped_guidance() if guidance is None else load_guidance(guidance)
    source = story_source(story)
    loaded = read_story(*source, chosen)
    refuse_taken(out)
    named = named_target(target)  # a wrong target is refused before there is a folder
    named.check_policy(chosen)
    check_target(loaded, target, cuts_power=named.cuts_power)
    homes = premises_of(loaded, premises)
    inventory = inventory_of(loaded, source.origin)
    check_estate(
        loaded, homes, seed=seed, policy=chosen, inventory=inventory, present=named.device_types()
    )
    can_be_fleet = target in TARGETS_OF_FLEETS and policy is None
    agree_to_cost(loaded, homes, fleet_of(loaded, story, homes) if can_be_fleet else None, yes=yes)
    page = LivePage(live, live_host)  # a port that is taken is told before there is a folder
    print_policy(chosen, stderr)
    if pcap is not None:
        write_pcap(pcap, ())  # so is a place that cannot be written
    started = datetime.now(UTC)
    folder = out or new_run_folder(started, loaded.name)
    info = _run_info(loaded, story, target, homes, seed, started)
    inputs = (InputText(STORY, source.origin, source.text), inventory)
    info = replace(info, inputs=tuple(filter(None, inputs)))
    info = _with_policy(info, chosen, policy)
    if strict:
        info = replace(info, command_line=(*info.command_line, "--strict"), strict=True)
    if guidance is not None:
        info = _with_guidance(info, guidance)
    begin = time.monotonic()
    with (
        ledger_named_in_errors(folder),
        page,
        RunLedger.create(folder, info) as ledger,
    ):
        page.show(folder)
        ending = _rehearse(loaded, info, ledger, chosen, guide, strict=strict)
        ledger.finish(ending.outcome, ending.reason, procedure=ending.procedure)
    seconds = time.monotonic() - begin
    # Of many homes a report takes longer than a person waits who has pressed Ctrl-C.
    is_whole = ending.outcome is not Outcome.INTERRUPTED
    head = ledger.head
    del ledger  # whose clock is the drill's, with all its devices
    record = _exported(folder, pcap, head, homes=info.premises) if is_whole else None
    drill_ending.tell_all(info, ending, folder, seconds, record, json_wanted=as_json)
    raise typer.Exit(ending.exit_code)


@app.command(epilog="Example: firmware-sim drill report runs/FOLDER")
def report(
    folder: Annotated[Path, typer.Argument(help="The folder of a run, also of one cut off.")],
    close: Annotated[
        bool, typer.Option("--close", help="Close a run that was cut off: it cannot go on then.")
    ] = False,
) -> None:
    """Make the report of a run again from its run.sqlite.

    A run that was cut off stays open, so that drill resume can go on, unless it is closed here.
    Only a closed run has a manifest, which evidence verify needs.
    """
    made = report_again(folder, close=close)
    if made.problem:
        text = Text.assemble(("This ledger does not verify.", "bold red"), f" {made.problem}.")
        stdout.print(text, soft_wrap=True)
    stdout.print(f"Report: {folder / REPORT_NAME}", soft_wrap=True, highlight=False)
    if made.is_open:
        stdout.print(
            f"This run was cut off. firmware-sim drill resume {folder} goes on; with --close it is "
            "closed as it is.",
            soft_wrap=True,
            highlight=False,
        )
    if not made.problem and _lacks_notices(folder):
        stderr.print(_WITHOUT_NOTICES, soft_wrap=True, highlight=False)


def _lacks_notices(folder: Path) -> bool:
    if (folder / NOTICES_FOLDER).exists():
        return False
    events = {row.event for row in read_record(folder).governance}
    return GovernanceEvent.NOTIFICATION in events


def _exported(folder: Path, pcap: Path | None, head: ChainHead | None, *, homes: int) -> RunRecord:
    with stderr.status("Writing the report"):
        if homes > _MANY:
            gc.collect()  # devices and parties hold one another: the record takes their place
        record = export(folder)
    if pcap is not None:
        write_pcap(pcap, captured(folder))
    seal(folder, record, "drill run", head)
    return record


def _run_info(
    loaded: Story,
    story: str,
    target: str,
    premises: int,
    seed: int,
    started: datetime,
) -> RunInfo:
    command = ["firmware-sim", "drill", "run", story, "--target", target]
    if loaded.population is None:
        command += ["--premises", str(premises)]
    command += ["--seed", str(seed)]
    return RunInfo(
        story=loaded.name,
        title=loaded.title,
        summary=loaded.summary,
        clauses=loaded.clauses,
        seed=seed,
        target=target,
        premises=premises,
        started=started,
        versions=versions(),
        command_line=tuple(command),
    )


def _with_policy(info: RunInfo, policy: Policy, file: Path | None) -> RunInfo:
    words = () if file is None else ("--policy", str(file))
    return replace(info, policy=policy.describe(), command_line=(*info.command_line, *words))


def _with_guidance(info: RunInfo, file: Path) -> RunInfo:
    text = InputText(GUIDANCE, str(file), read_text(file, "Guidance"))
    words = (*info.command_line, "--guidance", str(file))
    return replace(info, inputs=(*info.inputs, text), command_line=words)


def _rehearse(
    loaded: Story,
    info: RunInfo,
    ledger: RunLedger,
    policy: Policy,
    guidance: Guidance,
    *,
    strict: bool,
) -> RunEnding:
    return rehearsed(
        loaded.title,
        lambda progress: run_drill(
            loaded,
            target=info.target,
            premises=info.premises,
            seed=info.seed,
            ledger=ledger,
            progress=progress,
            policy=policy,
            strict=strict,
            guidance=guidance,
            inventory=next((each for each in info.inputs if each.kind == INVENTORY), None),
        ),
        ledger,
    )


drill_again.register(app)
