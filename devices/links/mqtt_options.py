"""How to reach an MQTT broker."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from firmware_sim.devices.links.link import LinkError

PORT = 1883
TLS_PORT = 8883


@dataclass(frozen=True, slots=True)
class MqttOptions:
    """One broker, and who we are to it.

    Attributes:
        tls: MQTT over TLS 1.2 or later; the broker's certificate and host name are checked.
        ca_file: PEM file of the authorities that may vouch for the broker; None for the
            operating system's.
        certificate_file, key_file: PEM files of a client certificate and its private key.
        patience: seconds to wait for the broker's answer to one request, and for a publication
            including the reconnection that it may need.
        reconnect_seconds: how long a lost connection is tried again before the link fails.
        keepalive: seconds of silence after which the broker, and we, call a connection lost
            (1.5 times as many for the broker).
    """

    host: str
    port: int = PORT
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    patience: float = 15.0
    reconnect_seconds: float = 60.0
    keepalive: int = 15

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read ``mqtt://[name@]host[:port]``, or ``mqtts://`` for TLS.

        A password in the URL is refused: it would stand in process lists and shell histories.

        Raises:
            LinkError: not such a URL.
        """
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise LinkError(f"{url!r} is no URL: {error}") from None
        if parts.scheme not in ("mqtt", "mqtts"):
            raise LinkError(f"{url!r} does not start with mqtt:// or mqtts://")
        host, port = _host_and_port(parts)
        if parts.password is not None:
            raise LinkError("no password in the URL of a broker, please")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise LinkError(f"{url!r} has something after its host and port")
        tls = parts.scheme == "mqtts"
        name = unquote(parts.username) if parts.username else None
        return cls(host, port or (TLS_PORT if tls else PORT), username=name, tls=tls)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mqtt{'s' if self.tls else ''}://{host}:{self.port}"

    def tls_context(self) -> ssl.SSLContext | None:
        """The TLS settings; None without TLS.

        Raises:
            LinkError: one of the files cannot be read or is not what it should be.
        """
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise LinkError(f"{self.ca_file} holds no CA certificate: {error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate_file is not None:
            self._load_certificate(context, self.certificate_file)
        return context

    def _load_certificate(self, context: ssl.SSLContext, certificate: Path) -> None:
        try:
            # An empty answer, so that an encrypted key fails instead of asking the terminal.
            context.load_cert_chain(certificate, self.key_file, password=str)
        except (OSError, ssl.SSLError) as error:
            files = f"{certificate} and {self.key_file or certificate}"
            raise LinkError(f"{files} are no certificate and its key: {error}") from error


def _host_and_port(parts: SplitResult) -> tuple[str, int | None]:
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise LinkError(f"{parts.netloc!r} has no port number that is one") from None
    if not host:
        raise LinkError("the URL of a broker needs a host, e.g. mqtt://localhost")
    return host, port
