"""The checks in their order, and what is said where a board is silent or its frames are bad."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final

from firmware_sim.bench.experiments.link_check.cuts import CUT_RULE
from firmware_sim.bench.experiments.link_check.finding import (
    LinkFinding,
    LinkRule,
    NotSeenError,
    NotTriedError,
    RuleBrokenError,
)
from firmware_sim.bench.experiments.link_check.frames import CHECK_RULE, FRAME_RULES
from firmware_sim.bench.experiments.link_check.probe import Probe
from firmware_sim.bench.experiments.link_check.requests import REQUEST_RULES, SEQUENCE_RULE
from firmware_sim.bench.experiments.link_check.spoilt import WRONG_CHECK, judge_bad_frames
from firmware_sim.bench.experiments.link_check.starts import BOOT_RULE, RESET_RULE, await_start
from firmware_sim.bench.experiments.link_check.words import (
    both_checks,
    decoded_type,
    frame_in_a_sentence,
    frame_in_words,
    mistake_in_check,
    why_no_answer,
)
from firmware_sim.bench.outcome import Verdict
from firmware_sim.devices.links.board_protocol import (
    ANSWER_BIT,
    SPOKEN_VERSIONS,
    BootRecord,
    FrameType,
    ProtocolError,
)
from firmware_sim.devices.links.framing import Frame
from firmware_sim.devices.links.octet_stream import LineLostError, OctetStream

ALL_SECONDS: Final = 40.0
"""For all checks together; with the longest single one, within a minute."""
_ALL_OCTETS = 100_000  # what a slow line needs comes on top
_GREETINGS = 3

# First what every other rule is judged by: that an answer names its request.
RULES: Final = (BOOT_RULE, SEQUENCE_RULE, *FRAME_RULES, *REQUEST_RULES, RESET_RULE, CUT_RULE)

_GREETING = LinkRule(
    "greeting",
    "1, 2, 4",
    "HELLO is always answered with the boot record, in a frame with the sequence of the request",
    "see to port, baud rate and supply; then to the receiver of the firmware",
    lambda _probe, _boot: "",
)
_ANSWER = "answer with the type of the request + 0x80, and with its sequence"
_START = RESET_RULE._replace(name="start by hand", section="6.3")
_CHECK_OF_GREETING = CHECK_RULE._replace(name=_GREETING.name)


def check_link(
    stream: OctetStream, clock: Callable[[], float] = monotonic, start_seconds: float = 0
) -> Iterator[LinkFinding]:
    """Check every rule at the end of an open line.

    Nothing that is sent is a GBCS message or changes what a device holds; a board that can is
    started anew, which drops the time of its clock. One that holds nothing is erased under a cut.

    Args:
        clock: seconds, on any scale.
        start_seconds: how long somebody has to start the board by hand; 0 if nobody does.
    """
    begun = clock()
    for finding in _checked(stream, clock, start_seconds):
        yield finding._replace(seconds=clock() - begun)
        begun = clock()


def _checked(
    stream: OctetStream, clock: Callable[[], float], start_seconds: float
) -> Iterator[LinkFinding]:
    probe = Probe(stream, clock)
    if start_seconds and (late := _not_started(probe, start_seconds)):
        yield late
    until = clock() + ALL_SECONDS + _ALL_OCTETS * stream.seconds_per_octet
    try:
        probe.begin()
        greeting, boot = _greeted(probe)
    except LineLostError as error:
        yield _finding(_GREETING, Verdict.ERROR, str(error), probe)
        return
    yield greeting
    silent = "there is no boot record" if boot is None else ""
    for rule in RULES:
        if boot is None or silent:
            yield _finding(rule, Verdict.SKIPPED, silent, probe, tried=False)
        elif clock() > until:
            yield _finding(rule, Verdict.ERROR, "the time for all is over", probe, tried=False)
        else:
            finding, silent = _tried(rule, probe, boot)
            yield finding


def _greeted(probe: Probe) -> tuple[LinkFinding, BootRecord | None]:
    """The first HELLO, three times if need be: a board may be starting, or get half a frame."""
    sequence, rejected = probe.number(), ""
    for _ in range(_GREETINGS):
        answer = probe.ask(FrameType.HELLO, sequence=sequence)
        if answer is None:
            continue
        if answer[:2] == (FrameType.HELLO | ANSWER_BIT, sequence):
            return _boot_of(answer.payload, probe)
        text = f"{frame_in_words(answer)} came in place of the answer to HELLO"
        if answer.type != FrameType.REJECT:
            return _misanswered(answer, sequence, text, probe), None
        rejected = text
    if rejected:
        return _finding(_CHECK_OF_GREETING, Verdict.FAILED, rejected, probe), None
    return _unanswered(probe), None


def _misanswered(answer: Frame, sequence: int, text: str, probe: Probe) -> LinkFinding:
    """What came for HELLO and is not its answer; an echo may be the line's."""
    why = why_no_answer(answer, FrameType.HELLO | ANSWER_BIT, sequence)
    is_echo = answer == Frame(FrameType.HELLO, sequence)
    mend = "see to the echo of the line (stty -echo, RS-485); " * is_echo + _ANSWER
    rule = _GREETING._replace(mend=mend)
    verdict = Verdict.ERROR if is_echo else Verdict.FAILED
    return _finding(rule, verdict, f"{text}: {why}" if why else text, probe)


def _not_started(probe: Probe, seconds: float) -> LinkFinding | None:
    try:
        await_start(probe, seconds)
    except LineLostError as error:
        return _finding(_START, Verdict.ERROR, str(error), probe)
    except RuleBrokenError as error:
        rule = _START._replace(mend=error.mend)
        return _finding(rule, Verdict.FAILED, str(error), probe)
    return None


def _boot_of(payload: bytes, probe: Probe) -> tuple[LinkFinding, BootRecord | None]:
    try:
        boot = BootRecord.parse(payload)
    except ProtocolError as error:
        text = f"the answer to HELLO is {error}"
        return _finding(BOOT_RULE._replace(name="greeting"), Verdict.FAILED, text, probe), None
    if boot.protocol not in SPOKEN_VERSIONS:
        text = f"it speaks version {boot.protocol} of the protocol, not 1 or 2"
        return _finding(_GREETING, Verdict.FAILED, text, probe), None
    return _finding(_GREETING, Verdict.PASSED, "HELLO is answered", probe), boot


def _unanswered(probe: Probe) -> LinkFinding:
    """Whose fault it is that no greeting was answered (hw/PROTOCOL.md, the end of section 4)."""
    wrong = [bad for bad in probe.bad if bad.reason == WRONG_CHECK]
    # A line that spoils octets does not do so in the same way each time.
    is_regular = len(wrong) >= _GREETINGS and len(set(wrong[-_GREETINGS:])) == 1
    if is_regular or (wrong and len(wrong) == len(probe.bad)):
        known = mistake_in_check(wrong[-1])
        verdict = Verdict.FAILED if is_regular or known else Verdict.ERROR
        has_good = probe.boot is not None
        which = frame_in_a_sentence(decoded_type(wrong[-1])) if has_good else "every frame"
        text = f"{which} has a bad CRC: {known or both_checks(wrong[-1])}"
        return _finding(_CHECK_OF_GREETING, verdict, text, probe)
    if probe.bad:
        text = f"only octets that are no frames came ({probe.bad[-1].reason})"
        rule = _GREETING._replace(mend="see to baud rate and cable; then to COBS, section 2.1")
        return _finding(rule, Verdict.ERROR, text, probe)
    if probe.boot is not None:
        text = "BOOT came, and no answer to HELLO: the board sends, and does not hear"
        return _finding(_GREETING, Verdict.ERROR, text, probe)
    text = "nothing came: a dead board looks the same as an unplugged cable"
    return _finding(_GREETING, Verdict.ERROR, text, probe)


def _tried(rule: LinkRule, probe: Probe, boot: BootRecord) -> tuple[LinkFinding, str]:
    """A rule, and why no other can be tried after it; that is empty if others can."""
    ends = ""
    try:
        verdict, text = Verdict.PASSED, _seen(rule, probe, boot)
    except RuleBrokenError as error:
        verdict, text, ends = Verdict.FAILED, str(error), error.ends
        broken = error.of or rule
        rule = broken._replace(name=rule.name, mend=error.mend or broken.mend)
    except NotSeenError as error:
        verdict, text = Verdict.ERROR, str(error)
        rule = rule._replace(mend=error.mend or rule.mend)
    except NotTriedError as error:
        verdict, text = Verdict.SKIPPED, str(error)
    except LineLostError as error:
        return _finding(rule, Verdict.ERROR, str(error), probe), "the line is gone"
    silent = ""
    if verdict is Verdict.FAILED:
        silent = _silent(probe)
        text += silent and "; then HELLO was not answered either: it hangs"
    return _finding(rule, verdict, text, probe), silent or ends


def _seen(rule: LinkRule, probe: Probe, boot: BootRecord) -> str:
    """What a rule shows; a bad frame is told before what did not come in its place."""
    probe.begin()
    try:
        return rule.tried(probe, boot)
    except (RuleBrokenError, NotSeenError):
        judge_bad_frames(probe, rule.name)
        raise


def _silent(probe: Probe) -> str:
    probe.drain()
    lives = probe.ask(FrameType.HELLO) is not None or probe.ask(FrameType.HELLO) is not None
    return "" if lives else "the board hangs: start it anew"


def _finding(
    rule: LinkRule, verdict: Verdict, text: str, probe: Probe, *, tried: bool = True
) -> LinkFinding:
    is_wrong = verdict in (Verdict.FAILED, Verdict.ERROR)
    return LinkFinding(
        name=rule.name,
        section=rule.section,
        verdict=verdict,
        text=text,
        says=rule.says,
        mend=rule.mend if is_wrong else "",
        sent=tuple(probe.sent) if tried else (),
        came=tuple(probe.came) if tried else (),
    )
