"""The least that a board must do on the link (hw/PROTOCOL.md), in Python, behind a TCP port.

It has no machine: it refuses every message as malformed, and counts them in `ticks`.

    python responder.py 5333 &
    firmware-sim board check-link --port socket://127.0.0.1:5333
"""

import socketserver
import struct
import sys
import zlib

HELLO, MESSAGE, RESET, EVENT_ACK = 0x01, 0x02, 0x0C, 0x31
ANSWER, BOOT, REJECT, DECLINED = 0x80, 0xB0, 0xFE, 0xFF
NO_COBS, TOO_SHORT, TOO_LONG, WRONG_CHECK = 1, 2, 3, 4
UNKNOWN_TYPE, BAD_LENGTH, NOT_GREETED = 1, 2, 8
MALFORMED = 1
MAX_MESSAGE, MAX_FRAME = 2048, 2048 + 32
LENGTHS = {HELLO: range(1), MESSAGE: range(1, MAX_MESSAGE + 1), RESET: range(1)}
CAN_RESET = 1 << 8


def cobs_encode(octets: bytes) -> bytes:
    line = bytearray()
    for group in octets.split(b"\0"):
        full = len(group) // 254 * 254
        for at in range(0, full, 254):
            line += b"\xff" + group[at : at + 254]
        line += bytes([len(group) - full + 1]) + group[full:]
    return bytes(line)


def cobs_decode(line: bytes) -> bytes | None:
    octets, at = bytearray(), 0
    while at < len(line):
        code = line[at]
        if at + code > len(line):
            return None  # the end came within a group
        octets += line[at + 1 : at + code]
        at += code
        if code < 255 and at < len(line):
            octets += b"\0"
    return bytes(octets)


class Responder:
    def __init__(self) -> None:
        self.held = bytearray()
        self.rejecting: bool = False
        self.messages = 0

    def start(self, cause: int = 0) -> bytes:
        """Power on, or start anew: everything but what stands on the line is forgotten."""
        self.greeted, self.kept, self.cause = False, (0, b"", b""), cause
        return self.frame(BOOT, 0, self.boot_record())

    def boot_record(self) -> bytes:
        head = struct.pack("<BIBBBB8sIIHBBB", 2, CAN_RESET, 0, 0, self.cause, 0xFF, b"", 0, 0,
                           MAX_MESSAGE, 0xFF, 4, 1)  # fmt: skip
        return head + bytes(24 + 32) + b"\x05toy 1" + b"\x06Python"

    def frame(self, type_: int, sequence: int, payload: bytes) -> bytes:
        octets = bytes([type_, sequence]) + payload
        return b"\0" + cobs_encode(octets + self.check(octets)) + b"\0"

    def check(self, octets: bytes) -> bytes:
        return struct.pack("<I", zlib.crc32(octets))

    def take(self, octets: bytes) -> bytes:
        """Octets as they come; what to send for them."""
        sent = b""
        for octet in octets:
            if octet:
                if len(self.held) <= MAX_FRAME + MAX_FRAME // 254 + 1:
                    self.held.append(octet)
            elif self.held:
                line, self.held = bytes(self.held), bytearray()
                sent += self.take_line(line)
        return sent

    def take_line(self, line: bytes) -> bytes:
        decoded = cobs_decode(line)
        if len(line) > MAX_FRAME + MAX_FRAME // 254 + 1:
            return self.reject(TOO_LONG)
        if decoded is None:
            return self.reject(NO_COBS)
        if len(decoded) < 6:
            return self.reject(TOO_SHORT)
        if decoded[-4:] != self.check(decoded[:-4]):
            return self.reject(WRONG_CHECK)
        self.rejecting = False
        return self.take_frame(decoded[0], decoded[1], decoded[2:-4], decoded[-4:])

    def reject(self, reason: int) -> bytes:
        if self.rejecting:
            return b""
        self.rejecting = True
        return self.frame(REJECT, 0, bytes([reason]))

    def take_frame(self, type_: int, sequence: int, payload: bytes, check: bytes) -> bytes:
        if type_ >= ANSWER or type_ == EVENT_ACK:
            return b""
        if self.kept[:2] == (sequence, check):
            return self.kept[2]
        answer = self.answer(type_, sequence, payload)
        self.kept = (0, b"", b"") if type_ == HELLO else (sequence, check, answer)
        restarts = type_ == RESET and answer == self.frame(RESET | ANSWER, sequence, b"\0")
        return answer + (self.start(cause=1) if restarts else b"")

    def answer(self, type_: int, sequence: int, payload: bytes) -> bytes:
        reason = self.why_not(type_, payload)
        if reason:
            return self.frame(DECLINED, sequence, bytes([type_, reason]))
        self.greeted = True
        return self.frame(type_ | ANSWER, sequence, self.carry_out(type_))

    def why_not(self, type_: int, payload: bytes) -> int:
        if not self.greeted and type_ != HELLO:
            return NOT_GREETED
        if type_ not in LENGTHS:
            return UNKNOWN_TYPE
        return 0 if len(payload) in LENGTHS[type_] else BAD_LENGTH

    def carry_out(self, type_: int) -> bytes:
        if type_ == HELLO:
            return self.boot_record()
        if type_ == RESET:
            return b"\0"
        self.messages += 1
        return struct.pack("<BBI", MALFORMED, 0, self.messages)


class Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        responder = Responder()
        self.request.sendall(responder.start())
        while octets := self.request.recv(4096):
            self.request.sendall(responder.take(octets))


if __name__ == "__main__":
    with socketserver.TCPServer(("127.0.0.1", int(sys.argv[1])), Connection) as server:
        print(f"socket://127.0.0.1:{server.server_address[1]}", flush=True)  # noqa: T201
        server.serve_forever()
