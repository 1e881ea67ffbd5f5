"""Does a message answer a command, and is it really from that device?"""

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import mac_is_valid, signature_is_valid
from firmware_sim.gbcs.times import decode_date_time


def response_to(command: Message, octets: bytes) -> Message:
    """The parsed response, if its header answers `command` (GBCS 7.2).

    Raises:
        RemoteError: not a message, or another counter, code, originator or target.
    """
    response = message_of(octets)
    expected = {
        "CRA flag": (CraFlag.RESPONSE, response.cra),
        "Originator Counter": (command.counter, response.counter),
        "message code": (command.code, response.code),
        "originator": (command.target, response.originator),
        "target": (command.originator, response.target),
    }
    for field, (wanted, found) in expected.items():
        if wanted != found:
            raise RemoteError(f"the response's {field} is {found}, not {wanted}", clause="GBCS 7.2")
    if response.date_time:
        decode_date_time(response.date_time)
    return response


def check_signature(response: Message, device: DeviceContact, suite: CryptoSuite) -> None:
    """Settle that the device signed the response; RemoteError otherwise.

    Raises:
        PkiError: nothing is known that would show it.
    """
    if not response.signature:
        raise RemoteError(f"the response of {device} is not signed", clause="GBCS 6.2")
    if response.mac is not None:
        raise RemoteError(f"the response of {device} carries a MAC too", clause="GBCS 6.2")
    if not device.signing_key:
        raise PkiError(f"no digitalSignature certificate of {device} is known")
    if not signature_is_valid(response, device.signing_key, suite):
        raise RemoteError(f"the signature of {device} does not verify", clause="GBCS 6.2")


def check_mac(response: Message, device: DeviceContact, secret: bytes, suite: CryptoSuite) -> None:
    """Settle that the response carries the MAC of the 32-octet secret; RemoteError otherwise."""
    if response.mac is None:
        raise RemoteError(f"the response of {device} carries no MAC", clause="GBCS 6.2")
    if not mac_is_valid(response, secret, suite):
        raise RemoteError(f"the MAC of {device} does not verify", clause="GBCS 6.2")
