"""Rules of requests: sequence, repeats, what is declined, limits (hw/PROTOCOL.md, 4 to 6)."""

from typing import Final

from firmware_sim.bench.experiments.link_check.finding import (
    LinkRule,
    NotTriedError,
    RuleBrokenError,
)
from firmware_sim.bench.experiments.link_check.frames import (
    UNKNOWN_REQUEST,
    expect,
    expect_declined,
)
from firmware_sim.bench.experiments.link_check.probe import Probe, is_answer
from firmware_sim.bench.experiments.link_check.running import (
    RESTS_MEND,
    RUNS_MEND,
    why_it_does_not_run,
    why_it_runs,
)
from firmware_sim.bench.experiments.link_check.words import frame_in_words
from firmware_sim.devices.links.board_protocol import (
    ANSWER_BIT,
    BootRecord,
    Capability,
    DeclineReason,
    FrameType,
    ProtocolError,
    Result,
)
from firmware_sim.devices.links.framing import CHECK_OCTETS, HEAD_OCTETS, Frame

NO_MESSAGE: Final = bytes.fromhex("df09000102")
"""Octets that are no GBCS message, so that a device has nothing to carry out."""

OF_CAPABILITY: Final = {
    FrameType.TICK: Capability.TICK,
    FrameType.CLOCK: Capability.CLOCK,
    FrameType.RECORD: Capability.PROVISION,
    FrameType.PROVISION: Capability.PROVISION,
    FrameType.ERASE: Capability.ERASE,
    FrameType.CUT: Capability.CUT,
    FrameType.DIGEST: Capability.DIGEST,
    FrameType.READ: Capability.READ,
    FrameType.STATISTICS: Capability.STATISTICS,
    FrameType.RESET: Capability.RESET,
    FrameType.MEASURE: Capability.MEASURE,
    FrameType.ENTER: Capability.ENTER,
}
_NEVER_RIGHT = {FrameType.RECORD: b"\x01\x00", FrameType.ENTER: bytes(65), FrameType.MESSAGE: b""}
"""A payload of a wrong length, where one octet is not: nothing can be carried out by it."""

_LENGTHS = "look at the length of the payload, of HELLO too, before a request is carried out"
_MORE_OCTETS = 16


def _sequence(probe: Probe, _boot: BootRecord) -> str:
    for sequence in (1, 2, 127, 128, 254, 255, 1):
        answer = probe.ask(FrameType.HELLO, sequence=sequence)
        _expect_sequence(answer, FrameType.HELLO | ANSWER_BIT, sequence)
        expect(answer, FrameType.HELLO | ANSWER_BIT, sequence)
        asked = Frame(UNKNOWN_REQUEST, sequence)
        declined = probe.ask(asked.type, sequence=sequence)
        _expect_sequence(declined, FrameType.DECLINED, sequence)
        expect_declined(declined, asked, DeclineReason.UNKNOWN_TYPE)
    return "answers and DECLINED have the sequence of their request, from 1 to 255 and 1 again"


def _expect_sequence(frame: Frame | None, type_: int, sequence: int) -> None:
    """That an answer of the right type names its request; else nothing else can be judged."""
    if frame is not None and frame.type == type_ and frame.sequence != sequence:
        raise RuleBrokenError(
            f"{frame_in_words(frame)}: its sequence is {frame.sequence}, and the request's was "
            f"{sequence}",
            ends="answers have wrong sequences: mend that first (sequence)",
        )


def _repeats(probe: Probe, boot: BootRecord) -> str:
    """Repeats of a request, by answers that would be others if they were made anew."""
    asked = [(FrameType.MESSAGE, NO_MESSAGE)]
    if Capability.STATISTICS in boot.capabilities:
        asked.append((FrameType.STATISTICS, b""))
    tells = [_repeated(probe, boot, *each) for each in asked]
    if not any(tells) and Capability.WORKING not in boot.capabilities:
        raise NotTriedError(
            "an answer that was kept and one that was made anew look the same on this board: "
            "neither WORKING nor STATISTICS nor the ticks of a result tell them apart"
        )
    return "a repeated request gets its kept answer, and another with its sequence does not"


def _repeated(probe: Probe, boot: BootRecord, type_: FrameType, payload: bytes) -> bool:
    """Repeat a request; whether an answer that is made anew would have been another."""
    request = probe.send(type_, payload)
    first = _result_or_declined(probe.answer_to(request), request, boot)
    for _ in range(2):
        probe.send(*_again(request))
        again = probe.until(is_answer)
        if any(frame.type == FrameType.WORKING for frame in again):
            raise RuleBrokenError("WORKING came for a repeated request: it is carried out twice")
        if first not in again:
            came = frame_in_words(again[-1]) if again else "nothing"
            raise RuleBrokenError(f"the answer was {frame_in_words(first)}, and then {came}")
    for other in (UNKNOWN_REQUEST, UNKNOWN_REQUEST - 1):
        asked = Frame(other, request.sequence)
        expect_declined(
            probe.ask(other, sequence=request.sequence), asked, DeclineReason.UNKNOWN_TYPE
        )
    anew = probe.ask(type_, payload)
    return anew is not None and anew.payload != first.payload


def _again(request: Frame) -> tuple[int, bytes, int]:
    return request.type, request.payload, request.sequence


def _result_or_declined(frame: Frame | None, request: Frame, boot: BootRecord) -> Frame:
    if frame is not None and frame.type == FrameType.DECLINED:
        expect_declined(frame, request, DeclineReason.NOT_RUNNING)
        if why := why_it_runs(boot):
            raise RuleBrokenError(f"{frame_in_words(frame)} came, and {why}", RUNS_MEND)
        return frame
    answer = expect(frame, request.type | ANSWER_BIT, request.sequence)
    if request.type != FrameType.MESSAGE:
        return answer
    if why := why_it_does_not_run(boot):
        text = f"MESSAGE was answered with a result, and by the boot record no machine runs: {why}"
        raise RuleBrokenError(text, RESTS_MEND)
    try:
        Result.parse(answer.payload)
    except ProtocolError as error:
        raise RuleBrokenError(f"the answer to MESSAGE is {error}") from error
    return answer


def _working(probe: Probe, boot: BootRecord) -> str:
    request = probe.send(FrameType.MESSAGE, NO_MESSAGE)
    came = probe.until(is_answer)
    signs = [frame for frame in came if frame.type == FrameType.WORKING]
    if any(sign[1:] != (request.sequence, b"") for sign in signs):
        raise RuleBrokenError("WORKING has another sequence than its request, or a payload")
    if not came or not is_answer(came[-1]):
        for other in came:
            if other.type < ANSWER_BIT:
                expect(other, request.type | ANSWER_BIT, request.sequence)
        state = "WORKING came, and then nothing: the board hangs" if signs else "nothing came"
        raise RuleBrokenError(f"{state} for MESSAGE")
    answer = _result_or_declined(came[-1], request, boot)
    if answer.type == FrameType.DECLINED:
        return "MESSAGE is declined with NOT_RUNNING: no machine runs"
    if Capability.WORKING in boot.capabilities and not signs:
        raise RuleBrokenError("the boot record has WORKING, and MESSAGE was answered without it")
    return "MESSAGE is answered" + (", after WORKING" if signs else "; the board sends no WORKING")


def _declined(probe: Probe, _boot: BootRecord) -> str:
    unknown = range(max(OF_CAPABILITY) + 1, UNKNOWN_REQUEST + 1)
    for type_ in unknown:
        for payload in (b"", b"\x00\x01"):
            request = probe.send(type_, payload)
            answer = probe.answer_to(request)
            expect_declined(answer, request, DeclineReason.UNKNOWN_TYPE)
    return f"{len(unknown)} request types that do not exist are declined"


def _capabilities(probe: Probe, boot: BootRecord) -> str:
    """Each request with a length that it cannot have, so that nothing is carried out."""
    for type_ in (FrameType.HELLO, FrameType.MESSAGE, *OF_CAPABILITY):
        has = OF_CAPABILITY.get(type_, Capability(0)) in boot.capabilities
        request = probe.send(type_, _NEVER_RIGHT.get(type_, b"\x00"))
        answer = probe.answer_to(request)
        reason = DeclineReason.BAD_LENGTH if has else DeclineReason.UNKNOWN_TYPE
        try:
            expect_declined(answer, request, reason)
        except RuleBrokenError as error:
            if type_ not in OF_CAPABILITY:
                text = f"{type_.name} of a wrong length must be declined: {error}"
                raise RuleBrokenError(text, _LENGTHS) from error
            bit = "announced" if has else "not announced"
            raise RuleBrokenError(f"{type_.name} is {bit} in the boot record: {error}") from error
    missing = [each.name for each in Capability if each not in boot.capabilities]
    if not missing:
        return "the boot record announces all capabilities, and the requests are known"
    return f"without {', '.join(str(name) for name in missing)}: those requests are declined"


def _limits(probe: Probe, boot: BootRecord) -> str:
    message = probe.send(FrameType.MESSAGE, b"\x01" * boot.max_message)
    _result_or_declined(probe.answer_to(message), message, boot)
    octets = boot.max_message + _MORE_OCTETS
    payload = b"\x01" * (octets - HEAD_OCTETS - CHECK_OCTETS)
    request = probe.send(UNKNOWN_REQUEST, payload)
    expect_declined(probe.answer_to(request), request, DeclineReason.UNKNOWN_TYPE)
    return (
        f"messages of {boot.max_message:,} octets, as the boot record says, and requests of 16 "
        f"more ({octets:,}) are taken"
    )


SEQUENCE_RULE: Final = LinkRule(
    "sequence",
    "2.3, 4",
    "an answer, and DECLINED, has the sequence of its request: 1 to 255, then 1 again",
    "copy the sequence out of the request, as an unsigned octet",
    _sequence,
)
REQUEST_RULES: Final = (
    LinkRule(
        "message",
        "4, 5.2",
        "MESSAGE is answered with a result; a board with the capability WORKING sends that before, "
        "with the sequence of the request. While the machine does not run, MESSAGE is declined "
        "with NOT_RUNNING, with WORKING before or without",
        "send WORKING before the machine gets the message, and the answer when it has it back",
        _working,
    ),
    LinkRule(
        "repeated answers",
        "4",
        "a request with the sequence and the check of the last one gets the kept answer, octet for "
        "octet, and nothing else is done; any other request is carried out",
        "keep sequence, check and answer of the last request, and compare both numbers first",
        _repeats,
    ),
    LinkRule(
        "declined types",
        "1, 5.10",
        "every request type that the board does not know is declined with UNKNOWN_TYPE",
        "end the dispatch with DECLINED, and look at the type before the length",
        _declined,
    ),
    LinkRule(
        "capabilities",
        "1, 5.10, 6.1",
        "a bit of the boot record says what the board does; a request of another is declined with "
        "UNKNOWN_TYPE, and one with a wrong length with BAD_LENGTH",
        "set the bit of each request that is built in, and of no other",
        _capabilities,
    ),
    LinkRule(
        "limits",
        "2.2, 6.1",
        "messages as long as the boot record says are taken, and requests with 16 octets more",
        "make the buffer larger, or give a smaller max_message in the boot record",
        _limits,
    ),
)
