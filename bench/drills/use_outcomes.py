"""What an answer to a use of keys says: done, or not and why."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from firmware_sim.gbcs.dlms_access import AccessResponse
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.activation import ActivationCode, ActivationResponse
from firmware_sim.gbcs.use_cases import CS01B, CS06, GCS61
from firmware_sim.gbcs.uses import USES, Language
from firmware_sim.gbcs.zcl import read_frames

_DEFAULT_RESPONSE: Final = 0x0B
_NO_DATA: Final = 0x8B
_STATUS_AT: Final = 2
"""Where the status of the first attribute stands: after its identifier of two octets."""


class UseOutcome(NamedTuple):
    """Whether the device did it, and in what words."""

    done: bool
    words: str


def outcome_of(answer: Message, opened: Sequence[bytes] = ()) -> UseOutcome:
    """What a verified answer says.

    Args:
        opened: its encrypted items in the clear.

    Raises:
        RemoteError: its payload is not that of its use case.
    """
    language = USES[answer.code].language
    if answer.code == CS06:
        return _activation(answer)
    if language is Language.DLMS:
        results = [each.result for each in AccessResponse.decode(answer.payload).outcomes]
        failed = [result for result in results if result]
        if failed or not results:
            return UseOutcome(False, f"access result {failed[0] if failed else 'missing'}")
        return UseOutcome(True, _values(opened))
    return _zigbee(answer, opened)


def _activation(answer: Message) -> UseOutcome:
    outcome = ActivationResponse.decode(answer.payload).outcome
    if outcome is None:
        return UseOutcome(True, "kept for later, or cancelled")
    words = f"activation code {outcome.code}, firmware {outcome.version.hex()}"
    if outcome.code is ActivationCode.NO_IMAGE_HELD:
        # The command was authentic and carried out: the key is proven, the new firmware is not.
        return UseOutcome(True, f"{words}: the device holds no image")
    return UseOutcome(outcome.code is ActivationCode.SUCCESS, words)


def _zigbee(answer: Message, opened: Sequence[bytes]) -> UseOutcome:
    frames = read_frames(answer.payload)
    if not frames:
        raise RemoteError("the answer has no frame")
    for frame in frames:
        content = opened[0] if frame.is_encrypted and opened else frame.content
        if frame.command == _DEFAULT_RESPONSE:
            status = content[1] if len(content) > 1 else 0xFF
            is_empty = status == _NO_DATA and answer.code == GCS61
            words = "no data" if is_empty else f"status {status:02x}"
            return UseOutcome(is_empty or not status, words)
        at = 0 if answer.code == CS01B or frame.command > 1 else _STATUS_AT
        if len(content) <= at or (at and content[at]) or (answer.code == CS01B and content[0]):
            return UseOutcome(False, f"status {content[at : at + 1].hex() or 'missing'}")
    return UseOutcome(True, _values(opened))


def _values(opened: Sequence[bytes]) -> str:
    if not opened:
        return "done"
    return f"done; opened: {', '.join(each.hex() for each in opened)}"
