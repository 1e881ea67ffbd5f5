"""Everything the page shows, worked out before a template sees it."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from markupsafe import Markup

from firmware_sim.bench.evidence import narrative, wording
from firmware_sim.bench.evidence.board_lines import board_lines
from firmware_sim.bench.evidence.flash.words import TONE_NAMES
from firmware_sim.bench.evidence.folder import has_files
from firmware_sim.bench.evidence.grouping import (
    BAD,
    CheckGroup,
    DeviceGroup,
    FlashMap,
    MessageCount,
    RefusalGroup,
    check_groups,
    device_groups,
    flash_maps,
    message_counts,
    refusal_groups,
    unreadable_images,
)
from firmware_sim.bench.evidence.in_full import WHOLE_LIMIT
from firmware_sim.bench.evidence.record import RunRecord
from firmware_sim.bench.evidence.record_rows import (
    CheckRow,
    DeviceRecord,
    GovernanceRow,
    MessageRow,
    PolicyRow,
    StepRow,
)
from firmware_sim.bench.evidence.timeline import timeline_svg
from firmware_sim.bench.outcome import Outcome, Verdict

GROUP_LIMIT = 40
FAILURE_LIMIT = 200
MESSAGE_LIMIT = 2000
ENTITY_LIMIT = 100

_OF_A_DEVICE: Final = re.compile(r"[A-Z]+ [0-9a-f]{16} \(")
"""How the row of a Relevant Device begins: its type and Entity Identifier."""

_SAID_BY_VERDICTS = (Outcome.PASSED, Outcome.FAILED, Outcome.PROCEDURE_NOT_FOLLOWED,
                     Outcome.OUTSTANDING)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline: a step, and how much was sent during it."""

    step: StepRow
    messages: int
    refusals: int


class Page:
    """One record as the templates want it; where a limit cuts a list short, the page says so."""

    def __init__(self, record: RunRecord) -> None:
        self.record = record
        self.run = record.run
        as_declared = record.is_as_declared
        self.word, sentence = wording.verdict(
            record.run.outcome, as_declared=as_declared, is_undeclared=record.is_undeclared
        )
        # What the two verdicts say beside it is not said twice.
        is_said = record.run.outcome in _SAID_BY_VERDICTS and not as_declared
        self.sentence = "" if is_said else sentence
        self.tone = "unfinished" if record.run.outcome is None else record.run.outcome.name.lower()
        self.result = narrative.result(record)
        self.board = board_lines(record)
        self.story = narrative.what_happened(record)
        svg = timeline_svg(record)
        self.timeline = None if svg is None else Markup(svg)  # noqa: S704 - drawn by matplotlib
        self.files = has_files(record)

    @cached_property
    def figures(self) -> list[tuple[str, str]]:
        """The few numbers that stand in the banner."""
        counts = self.record.counts
        return [
            (f"{counts['devices']:,}", "device" if counts["devices"] == 1 else "devices"),
            (f"{counts['cells_replaced']:,}", "cells replaced"),
            (f"{counts['refusals']:,}", "refusals"),
            (f"{counts['messages_to_devices'] + counts['messages_from_devices']:,}", "messages"),
            (f"{len(self.record.checks):,}", "checks"),
        ]

    @cached_property
    def happenings(self) -> list[Happening]:
        """The steps in order."""
        sent = Counter(message.step for message in self.record.messages)
        refused = Counter(refusal.step for refusal in self.record.refusals)
        return [Happening(step, sent[step.id], refused[step.id]) for step in self.record.steps]

    @cached_property
    def decisions(self) -> list[tuple[GovernanceRow, list[GovernanceRow]]]:
        """What governance told; rows about single devices stand under the one before them."""
        found: list[tuple[GovernanceRow, list[GovernanceRow]]] = []
        for row in self.record.governance:
            if found and row.event == found[-1][0].event and _OF_A_DEVICE.match(row.detail):
                found[-1][1].append(row)
            else:
                found.append((row, []))
        return found

    @cached_property
    def groups(self) -> list[DeviceGroup]:
        """Every group of equal devices, those that did wrong or are outstanding first."""
        return device_groups(self.record)

    @property
    def shown_groups(self) -> list[DeviceGroup]:
        """Of a small run all groups, up to a limit; of a large one the first, and one a type."""
        if len(self.record.devices) <= WHOLE_LIMIT:
            return self.groups[:GROUP_LIMIT]
        sample = {group.type: group for group in reversed(self.groups) if group.is_good}
        bad = [group for group in self.groups if not group.is_good]
        return [*bad[: GROUP_LIMIT - len(sample)], *reversed(sample.values())]

    @cached_property
    def flash_maps(self) -> list[FlashMap]:
        """The flash of every device that could be read, those that did wrong first."""
        return flash_maps(self.record)

    @property
    def flash_tones(self) -> list[tuple[str, str]]:
        """The colours of the maps, and what they mean."""
        seen = {tone for each in self.flash_maps for tone in each.picture.tones}
        return [(tone, name) for tone, name in TONE_NAMES.items() if tone in seen]

    @cached_property
    def unreadable(self) -> list[tuple[DeviceRecord, str]]:
        """Devices whose flash image does not open, and why."""
        return unreadable_images(self.record)

    @property
    def unread(self) -> int:
        """Devices whose flash was not read after the run, e.g. because only they can read it."""
        return sum(device.flash_after is None for device in self.record.devices)

    @cached_property
    def refusals(self) -> list[RefusalGroup]:
        """What was refused, and why."""
        return refusal_groups(self.record)

    @cached_property
    def failures(self) -> list[CheckRow]:
        """Every check that did not go well, up to a limit."""
        return [check for check in self.record.checks if check.verdict in BAD][:FAILURE_LIMIT]

    @cached_property
    def failure_count(self) -> int:
        """How many checks did not go well."""
        return sum(check.verdict in BAD for check in self.record.checks)

    @cached_property
    def bad_steps(self) -> list[StepRow]:
        """Steps that did not go well."""
        return [step for step in self.record.steps if step.verdict in BAD]

    @cached_property
    def checks(self) -> list[tuple[StepRow, list[CheckGroup]]]:
        """All other checks, by step."""
        groups = check_groups(self.record)
        return [(step, groups[step.id]) for step in self.record.steps if step.id in groups]

    @cached_property
    def message_counts(self) -> list[MessageCount]:
        """How many messages of each use case went each way."""
        return message_counts(self.record.messages)

    @property
    def shown_messages(self) -> list[MessageRow]:
        """The messages listed one by one: all of a small run, none of a large one."""
        return self.record.messages[:MESSAGE_LIMIT] if self.files else []

    @cached_property
    def steps(self) -> dict[int, StepRow]:
        """Steps by number."""
        return {step.id: step for step in self.record.steps}

    @cached_property
    def types(self) -> dict[str, str]:
        """Device type by Entity Identifier."""
        return {device.entity: device.type for device in self.record.devices}

    @cached_property
    def chosen(self) -> list[PolicyRow]:
        """Policy points that differ from the default."""
        return [row for row in self.record.policy if row.choice != row.usual]

    @cached_property
    def insecure(self) -> list[PolicyRow]:
        """Policy points whose choice weakens a device."""
        return [row for row in self.record.policy if row.insecure]

    @cached_property
    def skipped(self) -> list[CheckRow]:
        """Checks that did not run, up to a limit."""
        rows = [check for check in self.record.checks if check.verdict is Verdict.SKIPPED]
        return rows[:FAILURE_LIMIT]

    @property
    def shown_devices(self) -> list[tuple[str, str, str, str | None]]:
        """Image digests of the first devices."""
        return [
            (device.entity, device.type, device.image_before, device.image_after)
            for device in self.record.devices[:ENTITY_LIMIT]
        ]
