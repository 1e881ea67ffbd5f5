"""What a conformance run found, as counts and as one line for each thing that is not right."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bench.conformance.protections import Checked
from bench.conformance.roundtrip import Form
from bench.outcome import ExitCode


class Finding(NamedTuple):
    """One message or pair, and why it is listed."""

    name: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """For the record."""
        return {"name": self.name, "reason": self.reason}


@dataclass(slots=True)
class ReplayResult:
    """Commands replayed on Devices that were provisioned for each of them.

    Attributes:
        matched: pairs whose every answer is equal.
        differ: pairs with an answer that is not, or that a wrong start state leaves equal.
        unsupported: pairs that were not executed.
        wrong_states: for each matched pair the wrong start states that made it differ.
        macs_equal: responses whose MAC too was equal to the last octet.
    """

    matched: list[str] = field(default_factory=list)
    differ: list[Finding] = field(default_factory=list)
    unsupported: list[Finding] = field(default_factory=list)
    wrong_states: dict[str, list[str]] = field(default_factory=dict)
    macs_equal: int = 0

    @property
    def pairs(self) -> int:
        """All pairs, whatever became of them."""
        return len(self.matched) + len(self.differ) + len(self.unsupported)

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "pairs": self.pairs,
            "matched": len(self.matched),
            "differ": [finding.as_json() for finding in self.differ],
            "unsupported": [finding.as_json() for finding in self.unsupported],
            "macs_equal": self.macs_equal,
            "wrong_states": self.wrong_states,
        }


@dataclass(slots=True)
class ConformanceResult:
    """Everything one run found.

    Attributes:
        unpaired: credential messages whose command or response is not there.
        unusable_keys: published certificates that could not be read.
        context: what the verdicts rest on: policy, reading of time.
    """

    strict: bool = False
    messages: Counter[str] = field(default_factory=Counter)
    signatures: Counter[Checked] = field(default_factory=Counter)
    macs: Counter[Checked] = field(default_factory=Counter)
    round_trip: Counter[Form] = field(default_factory=Counter)
    replay: ReplayResult = field(default_factory=ReplayResult)
    wrong: list[Finding] = field(default_factory=list)
    tolerated: list[Finding] = field(default_factory=list)
    unpaired: list[str] = field(default_factory=list)
    unusable_keys: list[Finding] = field(default_factory=list)
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> ExitCode:
        """1 for anything bad or differing; strict: also for anything tolerated or not executed."""
        if not self.messages.total():
            return ExitCode.NOTHING_RAN
        failed = bool(self.wrong or self.replay.differ)
        if self.strict:
            failed = failed or bool(self.tolerated or self.replay.unsupported)
        return ExitCode.DEVICE_FAILED if failed else ExitCode.PASSED

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "messages": {key: self.messages[key] for key in ("parsed", "failed")},
            "signatures": _counts(self.signatures, Checked),
            "macs": _counts(self.macs, Checked),
            "round_trip": _counts(self.round_trip, Form),
            "replay": self.replay.as_json(),
            "strict": self.strict,
            "wrong": [finding.as_json() for finding in self.wrong],
            "tolerated": [finding.as_json() for finding in self.tolerated],
            "unpaired": self.unpaired,
            "unusable_keys": [finding.as_json() for finding in self.unusable_keys],
            **self.context,
        }


def _counts(counter: Counter[Any], kinds: type[Checked] | type[Form]) -> dict[str, int]:
    return {kind.value: counter[kind] for kind in kinds}
