"""The STM32F405's flash driver against a model of the registers it writes."""

import pytest

from firmware_sim.hw.build.catalogue import board_named
from tests.board.flash_drivers import Driver
from tests.board.stm32_flash_model import LOCK, MEMORY, SECTORS, SEQUENCE, FlashModel

BOARD = "stm32f405"
WORD = 0x12345678
IMAGE = 0x08004000


def word_at(model: FlashModel, address: int) -> int:
    offset = address - MEMORY
    return int.from_bytes(model.memory[offset : offset + 4], "little")


def test_word_is_programmed_and_the_register_locked_again() -> None:
    model = FlashModel()
    Driver(BOARD, model).write(IMAGE + 8, WORD)
    assert word_at(model, IMAGE + 8) == WORD
    assert model.memory.count(0xFF) == len(model.memory) - 4
    assert model.control & LOCK
    assert not model.violations


def test_words_follow_each_other_without_a_reset() -> None:
    model = FlashModel()
    driver_here = Driver(BOARD, model)
    for i in range(8):
        driver_here.write(IMAGE + 4 * i, WORD + i)
    assert [word_at(model, IMAGE + 4 * i) for i in range(8)] == [WORD + i for i in range(8)]
    assert not model.violations


def test_flash_that_is_still_busy_is_waited_for() -> None:
    model = FlashModel(busy_polls=50)
    driver_here = Driver(BOARD, model)
    model.start_busy()
    driver_here.write(IMAGE, WORD)
    model.start_busy()
    driver_here.erase(2)
    assert word_at(model, IMAGE) == WORD
    assert not model.violations


def test_error_of_an_earlier_operation_does_not_block_the_next() -> None:
    model = FlashModel(status=SEQUENCE)
    driver_here = Driver(BOARD, model)
    driver_here.write(IMAGE, WORD)
    assert word_at(model, IMAGE) == WORD
    model.status = SEQUENCE
    driver_here.erase(1)
    assert word_at(model, IMAGE) == 0xFFFFFFFF
    assert not model.violations


@pytest.mark.parametrize("sector", range(len(SECTORS)))
def test_one_sector_is_erased_and_no_other(sector: int) -> None:
    model = FlashModel(memory=bytearray(sum(SECTORS) * 1024))
    Driver(BOARD, model).erase(sector)
    start = sum(SECTORS[:sector]) * 1024
    end = start + SECTORS[sector] * 1024
    assert model.memory[start:end] == b"\xff" * (end - start)
    assert not any(model.memory[:start])
    assert not any(model.memory[end:])
    assert model.control & LOCK
    assert not model.violations


def test_protected_sector_stays_as_it_is_and_the_others_are_written() -> None:
    model = FlashModel(protected=frozenset({1}))
    driver_here = Driver(BOARD, model)
    driver_here.write(IMAGE, WORD)
    driver_here.erase(1)
    driver_here.write(IMAGE + 0x4000, WORD)
    assert word_at(model, IMAGE) == 0xFFFFFFFF
    assert word_at(model, IMAGE + 0x4000) == WORD
    assert not model.violations


def test_flash_that_never_comes_to_rest_does_not_hold_the_board() -> None:
    model = FlashModel(busy_polls=-1)
    driver_here = Driver(BOARD, model)
    model.start_busy()
    driver_here.write(IMAGE, WORD)
    assert word_at(model, IMAGE) == 0xFFFFFFFF
    assert 5_000 <= model.ticks < 20_000  # of 1,000 a second: 5 s each for two waits at most


def test_clock_of_168_mhz_gets_its_wait_states_before_it_is_needed() -> None:
    model = FlashModel()
    Driver(BOARD, model).start()
    assert model.access & 0x7 == 5  # table 10: 150 to 168 MHz at 2.7 to 3.6 V
    assert not model.access & 1 << 10  # a data cache would show what was there before an erase


def test_image_covers_whole_sectors_of_the_part() -> None:
    flash = board_named("stm32f405").flash
    starts = [MEMORY + sum(SECTORS[:sector]) * 1024 for sector in range(len(SECTORS))]
    first = starts.index(flash.address)
    sizes = [kibibytes * 1024 for kibibytes in SECTORS[first : first + len(flash.block_sizes)]]
    assert first == 1
    assert list(flash.block_sizes) == sizes
