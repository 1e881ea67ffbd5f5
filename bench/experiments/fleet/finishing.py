"""The end of a fleet run: both verdicts, the summary, manifest and signature."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from firmware_sim.bench.drills.fates import DeviceFate
from firmware_sim.bench.evidence.accounts.attacks import DeviceAttack
from firmware_sim.bench.evidence.accounts.devices import Wave
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.findings import compromised_at
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.sealing import seal
from firmware_sim.bench.evidence.wave_words import wave_sentences
from firmware_sim.bench.experiments.fleet.attacked import attack_summary
from firmware_sim.bench.experiments.fleet.page import PAGE_NAME, write_page
from firmware_sim.bench.experiments.fleet.priced import price_summary
from firmware_sim.bench.experiments.fleet.record import (
    FleetContents,
    FleetRecord,
    opened_fleet,
    read_fleet,
    result_digest,
)
from firmware_sim.bench.experiments.fleet.stuck import STUCK_NAME, stuck_rows, write_stuck
from firmware_sim.bench.experiments.fleet.summary import FORMAT, NOT_CONCERNED, Tally, wave_rows
from firmware_sim.bench.files.whole_files import new_file
from firmware_sim.bench.outcome import DevicesVerdict, Outcome, RunVerdicts

SUMMARY_NAME: Final = "summary.json"

_OF_HEAD: Final = ("story", "seed", "devices", "premises", "remainder", "beside")

Summary = Mapping[str, Any]


def fleet_verdicts(governance: RunVerdicts, tally: Tally) -> RunVerdicts:
    """Both verdicts of the fleet.

    The devices did right if their representatives did, and each did as its representative.
    """
    is_unlike = bool(tally.different or tally.judging()["unequal"])
    if is_unlike and governance.devices is not DevicesVerdict.UNKNOWN:
        return governance._replace(devices=DevicesVerdict.WRONG)
    return governance


def end_record(record: FleetRecord, governance: RunVerdicts, reason: str, seconds: float) -> None:
    """Write how a fleet run ended.

    Args:
        record: with every shard.
        reason: why the governance drill did not pass; empty if it did.
        seconds: that the run took, this time.
    """
    with opened_fleet(record.folder) as database:
        contents = read_fleet(database)
    tally = Tally(contents.courses, contents.shards)
    verdicts = fleet_verdicts(governance, tally)
    outcome = verdicts.outcome
    record.finish(
        {
            "outcome": outcome.value,
            "procedure": None if verdicts.procedure is None else verdicts.procedure.value,
            "devices": verdicts.devices.value,
            "reason": _reason(outcome, reason, tally),
            "results": result_digest(contents.shards),
            "seconds": round(seconds, 3),
        }
    )


def write_fleet(folder: Path) -> Summary:
    """Everything that is made of the records of a run that has ended; the manifest comes last.

    Raises:
        BenchError: a file cannot be written.
    """
    drill = export(folder)
    with opened_fleet(folder) as database:
        contents = read_fleet(database)
    stuck = [*stuck_rows(contents, drill)]
    since = compromised_at(drill.governance)
    summary = summary_of(contents, drill, since, len(stuck))
    with new_file(folder / SUMMARY_NAME) as file:
        file.write(f"{json.dumps(summary, indent=1)}\n".encode())
    write_stuck(stuck, folder / STUCK_NAME)
    begin = since or datetime.fromisoformat(drill.steps[0].started)
    write_page(summary, stuck, begin, folder / PAGE_NAME, drill)
    seal(folder, drill, "fleet run")
    return summary


def summary_of(
    contents: FleetContents, drill: RunRecord, since: datetime | None, stuck: int
) -> Summary:
    """What `summary.json` says: see docs/fleet.md.

    Args:
        drill: the record of the governance drill.
        since: when a key fell; None if none did.
        stuck: how many devices are not recovered.
    """
    tally, head, end = Tally(contents.courses, contents.shards), contents.head, contents.end or {}
    fell = None if since is None else int(since.timestamp())
    return {
        "format": FORMAT,
        **{name: head[name] for name in _OF_HEAD},
        "title": drill.run.title,
        "outcome": end.get("outcome"),
        "verdicts": {"procedure": end.get("procedure"), "devices": end.get("devices")},
        "reason": end.get("reason", ""),
        "results": end.get("results"),
        "plan": head["plan"],
        "outcomes": tally.outcomes(),
        "by_type": tally.by("type"),
        "by_supplier": tally.by("supplier"),
        "by_network_operator": tally.by("network_operator"),
        "waves": wave_rows(drill.accounts.all(Wave)),
        "wave_sentences": wave_sentences(
            drill.accounts.all(Wave), tally.outcomes().get(DeviceFate.RECOVERED, 0), drill.stops
        ),
        "attempts": tally.attempts(),
        "settled": tally.settled(),
        "recovered": tally.recovered(fell),
        "to_recover": _to_recover(tally, drill),
        "to_recover_words": drill.to_recover_words[1] if fell else "devices to be updated",
        "compromised": fell,
        "exposure": tally.exposure(fell),
        "attack": attack_summary(tally, drill.accounts.all(DeviceAttack)),
        "prices": price_summary(tally, drill),
        "stuck": stuck,
        "courses": len(contents.courses),
        "judged": tally.judging(),
        "different": [each._asdict() for each in tally.different],
        "cost": _cost(contents, tally, end),
    }


def _to_recover(tally: Tally, drill: RunRecord) -> int:
    """How many devices had to be recovered, or updated where no key fell."""
    if drill.to_recover is None:
        return sum(n for fate, n in tally.outcomes().items() if fate != NOT_CONCERNED)
    return sum(
        devices
        for course, devices in tally.devices.items()
        if tally.courses[course]["representative"] in drill.had_to_recover
    )


def _cost(contents: FleetContents, tally: Tally, end: Mapping[str, Any]) -> dict[str, Any]:
    shards = contents.shards.values()
    devices = sum(shard.devices for shard in shards)
    seconds = sum(shard.seconds for shard in shards)
    starts = [shard.starting for shard in shards if shard.starting is not None]
    return {
        "shards": len(shards),
        "engines": sorted({shard.engine for shard in shards}),
        "processes": len(starts),
        "starting_seconds": round(sum(starts), 3),
        "orders": tally.orders(),
        "orders_seconds": round(sum(shard.following for shard in shards), 3),
        "cpu_seconds": round(seconds, 3),
        "cpu_microseconds_a_device": round(seconds / devices * 1e6, 1) if devices else None,
        "wall_seconds": end.get("seconds"),
    }


def _reason(outcome: Outcome, reason: str, tally: Tally) -> str:
    unequal = tally.judging()["unequal"]
    if tally.different:
        first, number = tally.different[0], len(tally.different)
        more = f" ({number:,} devices in all)" if number > 1 else ""
        return f"Device {first.device} {first.problem}, at step {first.step}{more}."
    if unequal:
        return f"Device {unequal[0]} leaves another flash in Python ({len(unequal):,} in all)."
    return "" if outcome is Outcome.PASSED else reason
