"""What a conformance run found, as counts and as one line for each thing that is not right."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from firmware_sim.bench.experiments.conformance.protections import Checked
from firmware_sim.bench.experiments.conformance.roundtrip import Form
from firmware_sim.bench.outcome import ExitCode


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
        broken: pairs that say nothing, because the way to the device broke or it is gone.
        expected: pairs that differ as an expected-failures file says.
        stale: entries of that file that are no failures.
        wrong_states: for each matched pair the wrong start states that made it differ.
        macs_equal: responses whose MAC too was equal to the last octet.
        use_cases: for each pair the use case, with its mode.
        injected_faults: for each matched pair that needs them the operations that failed in
            the Device; no rule yields such an answer.
        from_answer: for each matched pair whose answer repeats what the Device was given from that
            very answer, what that is: the Device had not to find it out.
        stood_in: for each matched pair the Device's key pairs of which only the point is known.
        not_der: pairs with an answer of the device under test that is BER but not DER.
    """

    matched: list[str] = field(default_factory=list)
    differ: list[Finding] = field(default_factory=list)
    unsupported: list[Finding] = field(default_factory=list)
    broken: list[Finding] = field(default_factory=list)
    expected: list[Finding] = field(default_factory=list)
    stale: list[Finding] = field(default_factory=list)
    wrong_states: dict[str, list[str]] = field(default_factory=dict)
    macs_equal: int = 0
    use_cases: dict[str, str] = field(default_factory=dict)
    injected_faults: dict[str, list[str]] = field(default_factory=dict)
    from_answer: dict[str, list[str]] = field(default_factory=dict)
    stood_in: dict[str, list[str]] = field(default_factory=dict)
    not_der: list[Finding] = field(default_factory=list)

    @property
    def pairs(self) -> int:
        """All pairs: matched, differing, not executed, broken off, and expected to differ."""
        others = (self.differ, self.unsupported, self.broken, self.expected)
        return len(self.matched) + sum(map(len, others))

    def outcome_of(self, name: str) -> str:
        """What became of one pair, in words."""
        lists = (
            ("answered otherwise", self.differ),
            ("not executed", self.unsupported),
            ("broken off", self.broken),
        )
        for words, findings in lists:
            for finding in findings:
                if finding.name == name:
                    return f"{words}: {finding.reason}"
        return "matched"

    @property
    def found_out(self) -> int:
        """Matched pairs whose every answer the Device had to find out."""
        return len(self.matched) - len(self.from_answer)

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "pairs": self.pairs,
            "matched": len(self.matched),
            "found_out": self.found_out,
            "from_answer": self.from_answer,
            "differ": [finding.as_json() for finding in self.differ],
            "unsupported": [finding.as_json() for finding in self.unsupported],
            "broken": [finding.as_json() for finding in self.broken],
            "expected_failures": [finding.as_json() for finding in self.expected],
            "stale_expectations": [finding.as_json() for finding in self.stale],
            "macs_equal": self.macs_equal,
            "use_cases": self._by_use_case(),
            "injected_faults": self.injected_faults,
            "stood_in": self.stood_in,
            "not_der": [finding.as_json() for finding in self.not_der],
            "wrong_states": self.wrong_states,
        }

    def _by_use_case(self) -> dict[str, dict[str, int]]:
        pairs = Counter(self.use_cases.values())
        matched = Counter(self.use_cases[name] for name in self.matched)
        return {name: {"pairs": pairs[name], "matched": matched[name]} for name in sorted(pairs)}


@dataclass(slots=True)
class ConformanceResult:
    """Everything one run found.

    Attributes:
        names: of the messages, in their order.
        requests: the signatures of certification requests, each by the key it is about.
        answers: answers of every use case, built again from their commands with the payload given.
        items: encrypted items, opened with published keys.
        access: DLMS access requests, answered by the engine with registers and results given.
        unpaired: credential messages whose command or response is not there.
        unusable_keys: published certificates that could not be read.
        context: what the verdicts rest on: policy, reading of time.
    """

    strict: bool = False
    names: list[str] = field(default_factory=list)
    messages: Counter[str] = field(default_factory=Counter)
    signatures: Counter[Checked] = field(default_factory=Counter)
    macs: Counter[Checked] = field(default_factory=Counter)
    requests: Counter[Checked] = field(default_factory=Counter)
    answers: Counter[Checked] = field(default_factory=Counter)
    items: Counter[Checked] = field(default_factory=Counter)
    access: Counter[Checked] = field(default_factory=Counter)
    round_trip: Counter[Form] = field(default_factory=Counter)
    replay: ReplayResult = field(default_factory=ReplayResult)
    wrong: list[Finding] = field(default_factory=list)
    tolerated: list[Finding] = field(default_factory=list)
    unpaired: list[str] = field(default_factory=list)
    unusable_keys: list[Finding] = field(default_factory=list)
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> ExitCode:
        """3 if a pair broke off; 1 for anything bad or differing; strict: also for what is open."""
        if not self.messages.total():
            return ExitCode.NOTHING_RAN
        if self.replay.broken:
            return ExitCode.BENCH_FAILED
        failed = bool(self.wrong or self.replay.differ or self.replay.stale)
        if self.strict:
            failed = failed or bool(
                self.tolerated or self.replay.unsupported or self.replay.not_der
            )
        return ExitCode.DEVICE_FAILED if failed else ExitCode.PASSED

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "messages": {key: self.messages[key] for key in ("parsed", "failed")},
            "signatures": _counts(self.signatures, Checked),
            "macs": _counts(self.macs, Checked),
            "certification_requests": _counts(self.requests, Checked),
            "answers": _counts(self.answers, Checked),
            "encrypted_items": _counts(self.items, Checked),
            "dlms_access": _counts(self.access, Checked),
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
