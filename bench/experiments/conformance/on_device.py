"""Replaying on a board: provisioned anew for each pair, as the simulated device would be."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware_sim.bench.dut.board.blueprint import blueprint_of, provision_board
from firmware_sim.bench.dut.board.emulated import emulated_board
from firmware_sim.bench.dut.board.hosted import effects_of
from firmware_sim.bench.dut.board.names import (
    EmulatedName,
    SerialName,
    board_target,
    check_default_policy,
)
from firmware_sim.bench.dut.board.serial_line import board_at
from firmware_sim.bench.dut.board.trouble import told_as_bench_error
from firmware_sim.bench.dut.opening import MEMORY
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.conformance.pairs import Pair
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.bench.experiments.conformance.remaking import Remaking
from firmware_sim.bench.experiments.conformance.stage import (
    Answers,
    CannotStage,
    SimulatedStage,
    Stage,
)
from firmware_sim.bench.experiments.conformance.start import start_device
from firmware_sim.bench.experiments.conformance.state import ImpliedState
from firmware_sim.devices.links.board import Board
from firmware_sim.devices.links.board_errors import DeviceFaultError
from firmware_sim.devices.links.board_protocol import Capability, StoreResult
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.ports import ClockReading

_NEEDED = Capability.PROVISION | Capability.ERASE | Capability.CLOCK | Capability.TICK


class BoardStage:
    """One board that becomes every device in turn. What it held is gone.

    Args:
        board: open.
    """

    def __init__(self, board: Board, keys: PublishedKeys) -> None:
        self._board = board
        self._keys = keys

    def answers(self, pair: Pair, state: ImpliedState) -> Answers:
        remaking = self._become(state, pair)
        with told_as_bench_error():
            try:
                answers = self._exchange(remaking.for_board(pair.command), state)
                return answers._replace(messages=tuple(map(remaking.from_board, answers.messages)))
            except DeviceFaultError as error:
                return Answers((), str(error))

    def _exchange(self, octets: bytes, state: ImpliedState) -> Answers:
        board = self._board
        effects: Effects = effects_of(octets, board.message(octets))
        messages = effects.messages
        if state.later is not None:
            self._show(state.later)
            messages += board.tick().messages
        return Answers(messages, effects.refusal.reason.label if effects.refusal else "")

    def _become(self, state: ImpliedState, pair: Pair) -> Remaking:
        """Provision the board as the simulated device of that state; what its key needs.

        Raises:
            CannotStage: the state has what only a simulated device can have.
        """
        if state.own.faults:
            raise CannotStage("a board takes no fault that no message brings about")
        device, _, suite = start_device(state, self._keys, Policy())
        blueprint = blueprint_of(device.image())
        device.receive(pair.command.build())  # shows which secrets are agreed
        with told_as_bench_error():
            if self._board.boot.store is not StoreResult.NO_AREA:
                self._board.erase()
            provision_board(self._board, blueprint)
            self._show(state.clock)
        return Remaking(suite.agreed, state.own.generated)

    def _show(self, reading: ClockReading) -> None:
        self._board.set_clock(int(reading.time.timestamp()), reading.reliability)


@contextmanager
def open_stage(target: str, keys: PublishedKeys, policy: Policy) -> Iterator[Stage]:
    """The stage that ``--target`` names: ``memory``, ``board:NAME`` or ``serial:URL``.

    Raises:
        UsageError: no such target for a replay, or one that cannot follow the policy.
        BenchError: the board is not there, or cannot be provisioned.
    """
    name = board_target(target)
    if name is None:
        if target != MEMORY:
            raise UsageError(f"{target!r} replays nothing", "use memory, board:NAME or serial:URL")
        yield SimulatedStage(keys, policy)
        return
    check_default_policy(policy)
    with ExitStack() as stack:
        with told_as_bench_error():
            board = stack.enter_context(_board(stack, name))
        missing = _NEEDED & ~board.boot.capabilities
        if missing:
            raise BenchError(f"the board does not do {missing.name}", "a replay provisions it")
        yield BoardStage(board, keys)


def _board(stack: ExitStack, name: EmulatedName | SerialName) -> Board:
    if isinstance(name, SerialName):
        return board_at(name)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="board-")))
    return stack.enter_context(emulated_board(name, folder))
