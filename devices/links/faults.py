"""Line noise: a stream of octets that flips, drops and inserts some of them, by a seed."""

from dataclasses import dataclass
from random import Random

from firmware_sim.devices.links.octet_stream import OctetStream


@dataclass(frozen=True, slots=True)
class Noise:
    """How likely each fault is, for each octet on its own: 0 to 1."""

    flip: float = 0.0
    drop: float = 0.0
    insert: float = 0.0


class NoisyStream:
    """A stream with noise in both directions; the same seed makes the same noise.

    Attributes:
        faults: how many octets were spoilt so far.
    """

    def __init__(self, stream: OctetStream, noise: Noise, seed: int) -> None:
        self._stream = stream
        self._noise = noise
        # One each way, so that the threads of reader and writer do not share a state.
        self._reading = Random(f"{seed} from the board")  # noqa: S311 - noise is no secret
        self._writing = Random(f"{seed} to the board")  # noqa: S311
        self.faults = 0

    @property
    def name(self) -> str:
        return self._stream.name

    @property
    def seconds_per_octet(self) -> float:
        return self._stream.seconds_per_octet

    def read(self) -> bytes:
        return self._spoil(self._stream.read(), self._reading)

    def write(self, octets: bytes) -> None:
        self._stream.write(self._spoil(octets, self._writing))

    def close(self) -> None:
        self._stream.close()

    def _spoil(self, octets: bytes, random: Random) -> bytes:
        spoilt = bytearray()
        for octet in octets:
            if random.random() < self._noise.drop:
                self.faults += 1
                continue
            if random.random() < self._noise.flip:
                self.faults += 1
                octet ^= 1 << random.randrange(8)  # noqa: PLW2901
            spoilt.append(octet)
            if random.random() < self._noise.insert:
                self.faults += 1
                spoilt.append(random.randrange(256))
        return bytes(spoilt)
