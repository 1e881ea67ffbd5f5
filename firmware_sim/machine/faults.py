"""Failures that no input octets bring about: a rehearsal names those that shall happen."""

from enum import Enum


class Fault(Enum):
    """An operation of a device that fails whenever it is tried."""

    KEY_PAIR_GENERATION = "the generation of a key pair"
    REQUEST_PRODUCTION = "the production of a certification request"
    CERTIFICATE_STORAGE = "the storage of the device's own certificate"
    KEY_CHANGE = "the change to a new private key"
    FIRMWARE_ACTIVATION = "the activation of a firmware image"
    CERTIFICATE_RETRIEVAL = "the retrieval of the device's own certificate"
