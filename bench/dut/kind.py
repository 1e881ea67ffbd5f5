"""What the words of ``--target`` stand for: a kind of device under test, and where it is."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import NamedTuple, Protocol

from firmware_sim.bench.dut.device_under_test import DeviceUnderTest
from firmware_sim.bench.dut.target import Target
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType


class NamedTarget(Protocol):
    """What one value of ``--target`` names; nothing is opened or connected yet.

    Attributes:
        is_one_device: it gives one device to itself, as `device` has it.
        cuts_power: the devices of a drill that the bench runs can lose their power on order.
    """

    is_one_device: bool
    cuts_power: bool

    def check_policy(self, policy: Policy) -> None:
        """Refuse a policy that its devices cannot follow.

        Raises:
            UsageError: the policy makes a choice that they do not have.
        """

    def device_types(self) -> frozenset[DeviceType] | None:
        """The device types that it has; None if it becomes any.

        Raises:
            BenchError: no device answers there.
        """

    def device(self) -> AbstractContextManager[DeviceUnderTest]:
        """One device, which `begin` makes into another; it is gone when the context ends.

        Raises:
            BenchError: it is not there, or something is not installed.
            UsageError: there is none to have; `is_one_device` says so before.
        """

    def devices(self, premises: Iterable[Premises]) -> AbstractAsyncContextManager[Target]:
        """The devices of a drill, connected, for as long as the context lasts.

        Args:
            premises: the simulated devices. Any other is provisioned as the one it stands for.

        Raises:
            BenchError: a broker or device is not there, or something is not installed.
            UsageError: it cannot be so many devices.
        """


class Kind(NamedTuple):
    """One kind of device under test.

    Attributes:
        words: how ``--target`` names it, for people.
        read: what a value of ``--target`` names, None if another kind; UsageError if it is this
            kind, with a mistake in it.
        gives_new_device: each names one device by itself, which becomes a new one.
    """

    words: str
    read: Callable[[str], NamedTarget | None]
    gives_new_device: bool = False
