"""How the operator names a broker and proves who we are to it: URL, files, environment.

A password never stands in an argument: it comes from a file or from the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.whole_files import read_bounded
from firmware_sim.devices.links.link import LinkError
from firmware_sim.devices.links.mqtt_options import MqttOptions

PREFIX = "FIRMWARE_SIM_MQTT_"
PASSWORD_VARIABLE = f"{PREFIX}PASSWORD"

_MAX_PASSWORD = 2**16


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """What a broker may ask for beside its URL; a file left out is taken from the environment.

    The variables are FIRMWARE_SIM_MQTT_PASSWORD (the password itself), and
    FIRMWARE_SIM_MQTT_PASSWORD_FILE, ..._CA_FILE, ..._CERTIFICATE_FILE, ..._KEY_FILE.
    """

    password_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


def mqtt_options(
    url: str,
    access: BrokerAccess | None = None,
    environment: Mapping[str, str] = os.environ,
) -> MqttOptions:
    """The options for ``mqtt://[name@]host[:port]`` or ``mqtts://...``.

    Raises:
        UsageError: no such URL, a file that cannot be read, or a setting that needs another.
    """
    access = access or BrokerAccess()
    password = _password(access, environment)
    try:
        options = replace(
            MqttOptions.parse(url),
            password=password,
            ca_file=_file(access.ca_file, "CA_FILE", environment),
            certificate_file=_file(access.certificate_file, "CERTIFICATE_FILE", environment),
            key_file=_file(access.key_file, "KEY_FILE", environment),
        )
        options.tls_context()
    except LinkError as error:
        raise UsageError(
            str(error), f"a broker is mqtt://[name@]host[:port] or mqtts://..., a password {_WAYS}"
        ) from error
    _check(options)
    return options


_WAYS = f"comes from {PASSWORD_VARIABLE} or a password file"


def _check(options: MqttOptions) -> None:
    if options.password is not None and options.username is None:
        raise UsageError("a password without a name", f"write mqtt://NAME@{options.host}")
    files = (options.ca_file, options.certificate_file, options.key_file)
    if any(files) and not options.tls:
        raise UsageError(
            f"TLS files, but {options} is without TLS", f"write mqtts://{options.host}"
        )
    if options.key_file is not None and options.certificate_file is None:
        raise UsageError("a key without its certificate", "give the certificate's file too")


def _password(access: BrokerAccess, environment: Mapping[str, str]) -> str | None:
    path = _file(access.password_file, "PASSWORD_FILE", environment)
    if path is None:
        return environment.get(PASSWORD_VARIABLE)
    octets = read_bounded(path, _MAX_PASSWORD, "password file")
    try:
        return octets.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"the password file {path} is not UTF-8 text") from error


def _file(given: Path | None, variable: str, environment: Mapping[str, str]) -> Path | None:
    if given is not None:
        return given
    value = environment.get(PREFIX + variable)
    return Path(value) if value else None
