"""``board check-link``: right boards pass every rule, and each mistake is named by its rule."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from firmware_sim.bench.experiments.link_check.check import RULES, check_link
from firmware_sim.bench.experiments.link_check.documents import outcome_of, write_junit
from firmware_sim.bench.experiments.link_check.finding import LinkFinding
from firmware_sim.bench.experiments.link_check.probe import WORK_SECONDS
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.devices.links.board_protocol import Capability, StoreResult
from firmware_sim.devices.links.octet_stream import LineLostError
from firmware_sim.gbcs.identifiers import EntityId
from tests.board.link_board import LinkBoard
from tests.support.fake_board import FakeBoard
from tests.support.toy_responder import ToyStream, toy

TOY: Any = toy()
NOT_RUNNING = 4
ALL_PASS = ["greeting", *(rule.name for rule in RULES)]


def findings(board: Any) -> list[LinkFinding]:
    """What is found, within a minute by the clock of the line."""
    stream = ToyStream(board)
    found = list(check_link(stream, stream.clock))
    assert stream.seconds < 60
    return found


def of_verdict(found: list[LinkFinding], verdict: Verdict) -> list[str]:
    return [finding.name for finding in found if finding.verdict is verdict]


@pytest.mark.parametrize(
    ("board", "skipped"),
    [
        pytest.param(TOY.Responder, ["power cut"], id="example"),
        pytest.param(FakeBoard, [], id="second implementation"),
        pytest.param(LinkBoard, [], id="firmware"),
    ],
)
def test_a_board_that_keeps_the_protocol_passes_every_rule(
    board: Callable[[], Any], skipped: list[str]
) -> None:
    found = findings(board())
    assert of_verdict(found, Verdict.SKIPPED) == skipped, found
    passed = [name for name in ALL_PASS if name not in skipped]
    assert of_verdict(found, Verdict.PASSED) == passed, found
    assert outcome_of(found) is Outcome.PASSED


class Mistaken(TOY.Responder):  # type: ignore[misc]
    """The example, until a class below changes one thing."""

    rejecting: bool


class NoRepeats(Mistaken):
    def take_frame(self, *frame: Any) -> Any:
        self.kept = (0, b"", b"")
        return super().take_frame(*frame)


class RepeatsBySequence(Mistaken):
    """The last answer for every request with its sequence, whatever it asks."""

    def take_frame(self, type_: int, sequence: int, payload: bytes, check: bytes) -> Any:
        if self.kept[0] == sequence and type_ != TOY.HELLO:
            return self.kept[2]
        return super().take_frame(type_, sequence, payload, check)


class ObeysBadFrames(Mistaken):
    def reject(self, reason: int) -> Any:
        hello = self.frame(0x81, 1, self.boot_record())
        return hello if reason == TOY.WRONG_CHECK else super().reject(reason)


class RejectsAlways(Mistaken):
    def reject(self, reason: int) -> Any:
        self.rejecting = False
        return super().reject(reason)


class RejectsOnce(Mistaken):
    def take_line(self, line: bytes) -> Any:
        held, sent = self.rejecting, super().take_line(line)
        self.rejecting = held or self.rejecting
        return sent


class OneReason(Mistaken):
    def reject(self, reason: int) -> Any:
        return super().reject(TOY.WRONG_CHECK)


class RejectHasSequence(Mistaken):
    def reject(self, reason: int) -> Any:
        return super().reject(reason) and self.frame(TOY.REJECT, 1, bytes([reason]))


class NeedsTwoDelimiters(Mistaken):
    def take(self, octets: bytes) -> Any:
        return super().take(octets) if octets.startswith(b"\0") else b""


class AnswersEmptyFrames(Mistaken):
    def take(self, octets: bytes) -> Any:
        empty = self.reject(TOY.TOO_SHORT) if b"\0\0" in octets else b""
        return empty + super().take(octets)


class EndsFullGroupsWithZero(Mistaken):
    def take_line(self, line: bytes) -> Any:
        # The common mistake: a zero behind every group but the last, full ones too.
        return self.reject(TOY.WRONG_CHECK) if line[0] == 0xFF else super().take_line(line)


class SignedSequence(Mistaken):
    def frame(self, type_: int, sequence: int, payload: bytes) -> Any:
        return super().frame(type_, min(sequence, 127), payload)


class NextSequence(Mistaken):
    """Adds 1 to the sequence of every answer but HELLO's."""

    def frame(self, type_: int, sequence: int, payload: bytes) -> Any:
        wrong = type_ not in (0x81, TOY.BOOT, TOY.REJECT)
        return super().frame(type_, sequence % 255 + 1 if wrong else sequence, payload)


class EchoStorm(Mistaken):
    def take_frame(self, type_: int, *rest: Any) -> Any:
        if type_ >= TOY.ANSWER:
            return self.frame(TOY.DECLINED, 0, bytes([type_, 1]))
        return super().take_frame(type_, *rest)


class AnswersAcknowledgements(Mistaken):
    def take_frame(self, type_: int, sequence: int, *rest: Any) -> Any:
        if type_ == TOY.EVENT_ACK:
            return self.frame(TOY.DECLINED, sequence, bytes([type_, 1]))
        return super().take_frame(type_, sequence, *rest)


class SilentOnUnknown(Mistaken):
    def answer(self, type_: int, sequence: int, payload: bytes) -> Any:
        known = type_ in TOY.LENGTHS or type_ in (0x2F, 0x2E) or type_ < 0x0F
        return super().answer(type_, sequence, payload) if known else b""


class AnswersUnannounced(Mistaken):
    def why_not(self, type_: int, payload: bytes) -> Any:
        return TOY.BAD_LENGTH if type_ == 0x07 and self.greeted else super().why_not(type_, payload)


class AnnouncesTooMuch(Mistaken):
    def boot_record(self) -> Any:
        record = bytearray(super().boot_record())
        record[1] |= Capability.DIGEST
        return bytes(record)


class UnknownBits(Mistaken):
    def boot_record(self) -> Any:
        record = bytearray(super().boot_record())
        record[4] |= 0x80
        return bytes(record)


class TooSmall(Mistaken):
    def why_not(self, type_: int, payload: bytes) -> Any:
        return super().why_not(type_, payload) if len(payload) < 256 else TOY.BAD_LENGTH


class AnnouncesWorking(Mistaken):
    def boot_record(self) -> Any:
        record = bytearray(super().boot_record())
        record[2] |= Capability.WORKING >> 8
        return bytes(record)


class WorksTwice(AnnouncesWorking):
    def take_frame(self, type_: int, sequence: int, *rest: Any) -> Any:
        sent = super().take_frame(type_, sequence, *rest)
        return self.frame(0xB2, sequence, b"") + sent if type_ == TOY.MESSAGE else sent


class AnswersWithoutMachine(Mistaken):
    """Its store says NO_AREA, so no machine runs; and it answers a message with a result."""

    def boot_record(self) -> Any:
        record = bytearray(super().boot_record())
        record[6] = StoreResult.NO_AREA
        return bytes(record)


class DeclinesWithoutWorking(AnswersWithoutMachine, AnnouncesWorking):
    def why_not(self, type_: int, payload: bytes) -> Any:
        why = super().why_not(type_, payload)
        return NOT_RUNNING if type_ == TOY.MESSAGE and not why else why


class DeclinesBehindWorking(DeclinesWithoutWorking):
    def take_frame(self, type_: int, sequence: int, payload: bytes, check: bytes) -> Any:
        is_kept = self.kept[:2] == (sequence, check)
        sent = super().take_frame(type_, sequence, payload, check)
        works = type_ == TOY.MESSAGE and self.greeted and not is_kept
        return self.frame(0xB2, sequence, b"") + sent if works else sent


class DeclinesThoughItRuns(DeclinesWithoutWorking):
    def boot_record(self) -> Any:
        record = bytearray(super().boot_record())
        record[6], record[8], record[16] = StoreResult.OK, 0, 1
        return bytes(record)


class NoBoot(Mistaken):
    def start(self, cause: int = 0) -> Any:
        sent = super().start(cause)
        return sent if cause == 0 else b""


class BootTwice(Mistaken):
    def start(self, cause: int = 0) -> Any:
        return super().start(cause) * (2 if cause else 1)


class ObeysBeforeGreeting(Mistaken):
    def why_not(self, type_: int, payload: bytes) -> Any:
        self.greeted = True
        return super().why_not(type_, payload)


class LengthBeforeGreeting(Mistaken):
    def why_not(self, type_: int, payload: bytes) -> Any:
        unknown = type_ not in TOY.LENGTHS
        return TOY.UNKNOWN_TYPE if unknown else super().why_not(type_, payload)


class KeepsAnswerOverReset(Mistaken):
    def take_frame(self, type_: int, sequence: int, payload: bytes, check: bytes) -> Any:
        sent = super().take_frame(type_, sequence, payload, check)
        if type_ == TOY.RESET:
            self.kept = (sequence, check, self.frame(0x8C, sequence, b"\0"))
        return sent


class HangsOnMessages(Mistaken):
    def take(self, octets: bytes) -> Any:
        return b"" if self.messages else super().take(octets)


class HangsAtWork(AnnouncesWorking):
    def take(self, octets: bytes) -> Any:
        return b"" if self.messages else super().take(octets)

    def answer(self, type_: int, sequence: int, payload: bytes) -> Any:
        sent = super().answer(type_, sequence, payload)
        return self.frame(0xB2, sequence, b"") if self.messages else sent


MISTAKES = [
    (NoRepeats, ["repeated answers"]),
    (RepeatsBySequence, ["repeated answers"]),
    (ObeysBadFrames, ["CRC", "reject state"]),
    (RejectsAlways, ["reject state"]),
    (RejectsOnce, ["CRC", "reject state"]),
    (OneReason, ["reject state"]),
    (RejectHasSequence, ["CRC", "reject state"]),
    (NeedsTwoDelimiters, ["COBS"]),
    (AnswersEmptyFrames, ["COBS"]),
    (EndsFullGroupsWithZero, ["COBS", "reject state", "limits"]),
    (SignedSequence, ["sequence"]),
    (NextSequence, ["sequence"]),
    (EchoStorm, ["directions"]),
    (AnswersAcknowledgements, ["directions"]),
    (SilentOnUnknown, ["declined types"]),
    (AnswersUnannounced, ["capabilities"]),
    (AnnouncesTooMuch, ["capabilities"]),
    (UnknownBits, ["boot record"]),
    (TooSmall, ["limits"]),
    (AnnouncesWorking, ["message"]),
    (WorksTwice, ["repeated answers"]),
    (AnswersWithoutMachine, ["message", "repeated answers", "limits"]),
    (DeclinesThoughItRuns, ["message", "repeated answers", "limits"]),
    (NoBoot, ["requests after a reset"]),
    (BootTwice, ["requests after a reset"]),
    (ObeysBeforeGreeting, ["requests after a reset"]),
    (LengthBeforeGreeting, ["requests after a reset"]),
    (KeepsAnswerOverReset, ["requests after a reset"]),
]


@pytest.mark.parametrize(
    ("mistaken", "rules"), MISTAKES, ids=lambda value: getattr(value, "__name__", "is named")
)
def test_each_mistake_is_named_by_the_rules_that_it_breaks(
    mistaken: type[Mistaken], rules: list[str]
) -> None:
    found = findings(mistaken())
    assert of_verdict(found, Verdict.FAILED) == rules, found
    assert outcome_of(found) is Outcome.FAILED
    broken = [finding for finding in found if finding.verdict is Verdict.FAILED]
    for finding in broken:
        assert finding.section
        assert finding.sent
        assert finding.mend


@pytest.mark.parametrize("board", [DeclinesWithoutWorking, DeclinesBehindWorking])
def test_a_request_may_be_declined_with_working_before_or_without(board: type[Mistaken]) -> None:
    found = findings(board())
    assert of_verdict(found, Verdict.FAILED) == [], found
    message = next(each for each in found if each.name == "message")
    assert message.text.startswith("MESSAGE is declined with NOT_RUNNING")


def test_a_result_without_a_machine_is_named_with_what_the_boot_record_says() -> None:
    (first, *_) = (
        each for each in findings(AnswersWithoutMachine()) if each.verdict is Verdict.FAILED
    )
    assert "the store is NO_AREA" in first.text
    assert "decline it with NOT_RUNNING" in first.mend


def test_a_wrong_sequence_is_named_once_and_what_depends_on_it_is_skipped(tmp_path: Path) -> None:
    found = findings(NextSequence())
    (broken,) = (each for each in found if each.verdict is Verdict.FAILED)
    assert "its sequence is 2, and the request's was 1" in broken.text
    after = found[found.index(broken) + 1 :]
    assert len(after) == len(RULES) - 2
    assert {each.text for each in after} == {
        "answers have wrong sequences: mend that first (sequence)"
    }
    write_junit(found, tmp_path / "link.xml")
    (suite,) = JUnitXml.fromfile(str(tmp_path / "link.xml"))
    assert (suite.failures, suite.skipped) == (1, len(after))


class ConstantWithoutRepeats(NoRepeats):
    """Keeps no answer, and makes the same one each time."""

    def answer(self, type_: int, sequence: int, payload: bytes) -> Any:
        self.messages = 0
        return super().answer(type_, sequence, payload)


def test_a_kept_answer_that_looks_like_a_new_one_shows_nothing(tmp_path: Path) -> None:
    found = findings(ConstantWithoutRepeats())
    assert of_verdict(found, Verdict.FAILED) == []
    assert of_verdict(found, Verdict.SKIPPED) == ["repeated answers", "power cut"]
    (unseen,) = (each for each in found if each.name == "repeated answers")
    assert "look the same on this board" in unseen.text
    write_junit(found, tmp_path / "link.xml")
    (suite,) = JUnitXml.fromfile(str(tmp_path / "link.xml"))
    assert (suite.failures, suite.skipped) == (0, 2)


def test_each_check_has_the_time_that_it_took(tmp_path: Path) -> None:
    found = findings(HangsAtWork())
    assert found[0].seconds < 5
    (hung,) = (each for each in found if each.name == "message")
    assert hung.seconds >= WORK_SECONDS
    write_junit(found, tmp_path / "link.xml")
    written = [
        case.time for suite in JUnitXml.fromfile(str(tmp_path / "link.xml")) for case in suite
    ]
    assert max(written) >= WORK_SECONDS


def test_a_missing_capability_is_named_by_its_name() -> None:
    (finding,) = (each for each in findings(AnnouncesTooMuch()) if each.name == "capabilities")
    assert "DIGEST is announced in the boot record" in finding.text
    assert "DECLINED" in finding.came[-1] or "DECLINED" in finding.text
    (finding,) = (each for each in findings(TOY.Responder()) if each.name == "capabilities")
    assert "without TICK, CLOCK" in finding.text


@pytest.mark.parametrize(
    ("pack", "words"),
    [
        (lambda octets: struct.pack(">I", zlib.crc32(octets)), "most significant octet first"),
        (lambda octets: struct.pack("<I", ~zlib.crc32(octets) & 0xFFFFFFFF), "last inversion"),
        (lambda octets: struct.pack("<I", zlib.crc32(octets, 0xFFFFFFFF)), "first value 0"),
        (lambda octets: struct.pack("<I", zlib.crc32(octets[2:])), "the payload alone"),
        (lambda _octets: b"\1\2\3\4", "01 02 03 04, and should be"),
    ],
)
def test_a_bad_crc_is_named_with_the_mistake_in_it(
    pack: Callable[[bytes], bytes], words: str
) -> None:
    class BadCrc(Mistaken):
        def frame(self, type_: int, sequence: int, payload: bytes) -> bytes:
            octets = bytes([type_, sequence]) + payload
            return b"\0" + bytes(TOY.cobs_encode(octets + pack(octets))) + b"\0"

    greeting, *rest = findings(BadCrc())
    assert greeting.verdict is Verdict.FAILED
    assert "bad CRC" in greeting.text
    assert words in greeting.text
    assert {finding.verdict for finding in rest} == {Verdict.SKIPPED}


class BadCheckOf(Mistaken):
    """One wrong bit in the check of some frames."""

    types: tuple[int, ...] = (TOY.MESSAGE | TOY.ANSWER,)

    def frame(self, type_: int, sequence: int, payload: bytes) -> bytes:
        octets = bytes([type_, sequence]) + payload
        check = bytearray(self.check(octets))
        if type_ in self.types:
            check[1] ^= 1
        return b"\0" + bytes(TOY.cobs_encode(octets + check)) + b"\0"


class BadCheckOfDeclined(BadCheckOf):
    types = (TOY.DECLINED,)


class BadCheckOfReject(BadCheckOf):
    types = (TOY.REJECT,)


class BadCheckOfBoot(BadCheckOf):
    types = (TOY.BOOT,)


class BadCheckOfReset(BadCheckOf):
    types = (TOY.RESET | TOY.ANSWER,)


class BadCheckOfGreeting(BadCheckOf):
    types = (TOY.HELLO | TOY.ANSWER,)


class BadCheckOfWorking(AnnouncesWorking, BadCheckOf):
    types = (0xB2,)

    def answer(self, type_: int, sequence: int, payload: bytes) -> Any:
        sent = super().answer(type_, sequence, payload)
        return self.frame(0xB2, sequence, b"") + sent if type_ == TOY.MESSAGE else sent


@pytest.mark.parametrize(
    ("mistaken", "rule", "frame"),
    [
        (BadCheckOf, "message", "the answer to MESSAGE"),
        (BadCheckOfDeclined, "sequence", "DECLINED"),
        (BadCheckOfReject, "CRC", "REJECT"),
        (BadCheckOfBoot, "requests after a reset", "BOOT"),
        (BadCheckOfReset, "requests after a reset", "the answer to RESET"),
        (BadCheckOfGreeting, "greeting", "the answer to HELLO"),
        (BadCheckOfWorking, "message", "WORKING"),
    ],
    ids=lambda value: getattr(value, "__name__", "is named"),
)
def test_a_bad_crc_is_named_in_whatever_frame_it_is(
    mistaken: type[Mistaken], rule: str, frame: str
) -> None:
    found = findings(mistaken())
    (broken,) = (each for each in found if each.verdict is Verdict.FAILED)
    assert broken.name == rule
    assert broken.text.startswith(f"{frame} has a bad CRC: the check is ")
    assert ", and should be " in broken.text
    assert "CRC-32" in broken.mend
    after = found[found.index(broken) + 1 :]
    assert {each.verdict for each in after} <= {Verdict.SKIPPED}
    assert outcome_of(found) is Outcome.FAILED


class SpoiltOnce(Mistaken):
    """A right board at a line that spoils its first answer to MESSAGE."""

    spoilt = False

    def take(self, octets: bytes) -> bytes:
        sent = bytearray(super().take(octets))
        if self.messages and not self.spoilt:
            self.spoilt = True
            sent[-3] ^= 0x40
        return bytes(sent)


def test_a_frame_that_is_right_when_it_is_asked_for_again_was_spoilt_by_the_line() -> None:
    found = findings(SpoiltOnce())
    assert of_verdict(found, Verdict.FAILED) == []
    (spoilt,) = (each for each in found if each.verdict is Verdict.ERROR)
    assert spoilt.name == "message"
    assert "the line spoils frames" in spoilt.text


class ForgetsToStuff(Mistaken):
    """Answers to MESSAGE go out as they are, zeros and all."""

    def frame(self, type_: int, sequence: int, payload: bytes) -> Any:
        if type_ != TOY.MESSAGE | TOY.ANSWER:
            return super().frame(type_, sequence, payload)
        octets = bytes([type_, sequence]) + payload
        return b"\0" + octets + self.check(octets) + b"\0"


def test_octets_that_are_no_frame_are_named_where_other_frames_are_right() -> None:
    found = findings(ForgetsToStuff())
    (broken,) = (each for each in found if each.verdict is Verdict.FAILED)
    assert broken.name == "message"
    assert broken.text == "what came for MESSAGE is no frame: no COBS"
    assert "COBS" in broken.mend


def test_a_board_that_takes_no_right_check_is_told_that_it_rejects_it() -> None:
    class OtherCheck(Mistaken):
        def take_line(self, line: bytes) -> Any:
            return self.frame(TOY.REJECT, 0, bytes([TOY.WRONG_CHECK]))

    greeting = findings(OtherCheck())[0]
    assert greeting.verdict is Verdict.FAILED
    assert "REJECT, sequence 0: WRONG_CHECK" in greeting.text


@pytest.mark.parametrize(
    ("mistaken", "words"),
    [
        (HangsOnMessages, "it hangs"),
        (HangsAtWork, "WORKING came, and then nothing: the board hangs"),
    ],
)
def test_a_hang_is_named_and_ends_the_checks(mistaken: type[Mistaken], words: str) -> None:
    found = findings(mistaken())
    failed = [finding for finding in found if finding.verdict is Verdict.FAILED]
    assert words in failed[0].text
    after = found[found.index(failed[-1]) + 1 :]
    assert {finding.verdict for finding in after} == {Verdict.SKIPPED}
    assert {finding.text for finding in after} == {"the board hangs: start it anew"}


class WithoutAnswerBit(Mistaken):
    def frame(self, type_: int, sequence: int, payload: bytes) -> Any:
        return super().frame(type_ & 0x7F if type_ < 0xB0 else type_, sequence, payload)


class OwnSequence(Mistaken):
    def frame(self, type_: int, sequence: int, payload: bytes) -> Any:
        return super().frame(type_, 77 if sequence else 0, payload)


class TakesHelloWithPayload(Mistaken):
    def why_not(self, type_: int, payload: bytes) -> Any:
        return 0 if type_ == TOY.HELLO else super().why_not(type_, payload)


@pytest.mark.parametrize(
    ("mistaken", "words"),
    [
        (WithoutAnswerBit, "your own request type came back: the answer's type lacks 0x80"),
        (OwnSequence, "its sequence is 77, and the request's was 1"),
    ],
)
def test_a_wrong_answer_to_the_greeting_is_named(mistaken: type[Mistaken], words: str) -> None:
    greeting = findings(mistaken())[0]
    assert greeting.verdict is Verdict.FAILED
    assert words in greeting.text
    assert "type of the request + 0x80" in greeting.mend


def test_hello_with_a_payload_is_about_lengths_and_no_capability() -> None:
    found = findings(TakesHelloWithPayload())
    (broken,) = (each for each in found if each.verdict is Verdict.FAILED)
    assert broken.text.startswith("HELLO of a wrong length must be declined")
    assert "length of the payload" in broken.mend


def without_reset(*, boots: bool) -> Any:
    board = FakeBoard(capabilities=Capability(0))
    if not boots:
        board.start = lambda *_: b""  # type: ignore[method-assign]
    return board


def test_a_board_without_reset_must_show_its_boot() -> None:
    found = findings(without_reset(boots=True))
    # Nor has it WORKING or STATISTICS, and what it declines is the same each time.
    skipped = ["repeated answers", "requests after a reset", "power cut"]
    assert of_verdict(found, Verdict.SKIPPED) == skipped
    unseen = findings(without_reset(boots=False))[-2]
    assert (unseen.name, unseen.verdict) == ("requests after a reset", Verdict.ERROR)
    assert "--start-within" in unseen.text


@pytest.mark.parametrize(("boots", "verdict"), [(True, Verdict.PASSED), (False, Verdict.FAILED)])
def test_a_start_by_hand_that_brings_no_boot_is_a_fault(*, boots: bool, verdict: Verdict) -> None:
    stream = ToyStream(without_reset(boots=boots))
    first = next(iter(check_link(stream, stream.clock, start_seconds=20)))
    assert first.verdict is verdict
    assert boots or first.text == "no BOOT came within 20 s"


def test_a_cut_that_is_announced_and_not_made_is_a_fault() -> None:
    last = findings(FakeBoard(does={0x07: lambda _payload: b"\x01"}))[-1]
    assert (last.name, last.verdict) == ("power cut", Verdict.FAILED)
    assert "CUT is announced, but nothing was cut" in last.text


def test_a_board_that_holds_a_device_is_not_erased_to_try_a_cut() -> None:
    board = FakeBoard(store=StoreResult.OK, device_type=0, entity=EntityId(bytes(7) + b"\x01"))
    last = findings(board)[-1]
    assert (last.name, last.verdict) == ("power cut", Verdict.SKIPPED)
    assert board.store is StoreResult.OK


class Dead:
    """Nothing at the other end."""

    def start(self) -> bytes:
        return b""

    def take(self, _octets: bytes) -> bytes:
        return b""


class Echoing(Dead):
    def take(self, octets: bytes) -> bytes:
        return octets


class EchoingBoard(TOY.Responder):  # type: ignore[misc]
    """A right board at a line that echoes."""

    def take(self, octets: bytes) -> bytes:
        return octets + bytes(super().take(octets))


class OnlyBoot(Dead):
    def start(self) -> bytes:
        return bytes(TOY.Responder().start())


class Babbling(Dead):
    def take(self, _octets: bytes) -> bytes:
        return b"\xf0\x0f\x1e\x00" * 3


@pytest.mark.parametrize(
    ("board", "words"),
    [
        (Dead(), "unplugged cable"),
        (Babbling(), "no frames"),
        (Echoing(), "your own request came back: the line echoes, or the answer's type lacks 0x80"),
        (OnlyBoot(), "BOOT came, and no answer to HELLO"),
    ],
)
def test_silence_and_noise_are_errors_of_the_bench_and_no_fault_of_a_device(
    board: Dead, words: str
) -> None:
    found = findings(board)
    assert found[0].verdict is Verdict.ERROR
    assert words in found[0].text
    assert outcome_of(found) is Outcome.ERROR


def test_an_echo_before_each_answer_is_no_fault() -> None:
    assert findings(EchoingBoard())[0].verdict is Verdict.PASSED


def test_a_line_that_goes_away_is_an_error_of_the_bench() -> None:
    stream = ToyStream(TOY.Responder())
    writes = 0
    write = stream.write

    def break_later(octets: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == 20:
            raise LineLostError("toy is gone")
        write(octets)

    stream.write = break_later  # type: ignore[method-assign]
    found = list(check_link(stream, stream.clock))
    assert outcome_of(found) is Outcome.ERROR
    assert found[-1].text == "the line is gone"


def test_half_a_frame_on_the_line_at_the_start_is_no_fault() -> None:
    stream = ToyStream(TOY.Responder(), noise=[b"\x13\x37", TOY.Responder().frame(0x81, 77, b"x")])
    assert of_verdict(list(check_link(stream, stream.clock)), Verdict.PASSED) == ALL_PASS[:-1]


def test_an_older_board_without_a_greeting_leaves_that_rule_out() -> None:
    found = findings(FakeBoard(protocol=1))
    assert of_verdict(found, Verdict.SKIPPED) == ["requests after a reset"]
