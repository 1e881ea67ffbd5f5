"""The nRF52840's flash driver against a model of the registers it writes."""

import pytest

from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.machine.flash.geometry import NRF52840
from tests.board.flash_drivers import Driver
from tests.board.nrf_flash_model import CONFIG, PAGE, PROGRAMS, READ_ONLY, SIZE, WRITE, NvmcModel

BOARD = "nrf52840_dk"
WORD = 0x12345678
IMAGE = 0xF8000


def word_at(model: NvmcModel, address: int) -> int:
    return int.from_bytes(model.memory[address : address + 4], "little")


def test_words_follow_each_other_and_the_flash_is_read_only_again() -> None:
    model = NvmcModel()
    driver = Driver(BOARD, model)
    for i in range(8):
        driver.write(IMAGE + 4 * i, WORD + i)
        assert model.mode == READ_ONLY
    assert [word_at(model, IMAGE + 4 * i) for i in range(8)] == [WORD + i for i in range(8)]
    assert model.memory.count(0xFF) == SIZE - 8 * 4
    assert not model.violations


def test_word_can_be_written_twice_and_then_after_an_erase_only() -> None:
    model = NvmcModel()
    driver = Driver(BOARD, model)
    for word in (0xFFFF0000, 0x0F0F0000):
        driver.write(IMAGE, word)
    assert word_at(model, IMAGE) == 0x0F0F0000
    assert not model.violations
    driver.write(IMAGE, 0)
    assert model.violations
    driver.erase(IMAGE)
    driver.write(IMAGE, 0)
    assert word_at(model, IMAGE) == 0
    assert len(model.violations) == 1


def test_flash_that_is_still_busy_is_waited_for() -> None:
    model = NvmcModel(busy_polls=50)
    driver = Driver(BOARD, model)
    model.start_busy()
    driver.write(IMAGE, WORD)
    model.start_busy()
    driver.erase(IMAGE + PAGE)
    assert word_at(model, IMAGE) == WORD
    assert not model.violations


@pytest.mark.parametrize("page", [0, IMAGE // PAGE, SIZE // PAGE - 1])
def test_one_page_is_erased_and_no_other(page: int) -> None:
    model = NvmcModel(memory=bytearray(SIZE))
    Driver(BOARD, model).erase(page * PAGE)
    start, end = page * PAGE, (page + 1) * PAGE
    assert model.memory[start:end] == b"\xff" * PAGE
    assert not any(model.memory[:start])
    assert not any(model.memory[end:])
    assert model.mode == READ_ONLY
    assert not model.violations


def test_flash_that_never_comes_to_rest_does_not_hold_the_board() -> None:
    model = NvmcModel(busy_polls=-1)
    driver = Driver(BOARD, model)
    model.start_busy()
    driver.write(IMAGE, WORD)
    assert word_at(model, IMAGE) == 0xFFFFFFFF
    assert not model.violations  # nothing is asked of a controller that is busy
    assert 500 <= model.ticks < 2_000  # of 1,000 a second


def test_mode_that_somebody_left_open_is_closed() -> None:
    model = NvmcModel()
    model.write(CONFIG, WRITE)
    Driver(BOARD, model).erase(IMAGE)
    assert model.mode == READ_ONLY
    assert not model.violations


def test_instruction_cache_is_on() -> None:
    model = NvmcModel()
    Driver(BOARD, model).start()
    assert model.cache == 1


def test_image_is_the_last_pages_of_the_part() -> None:
    flash = board_named("nrf52840-dk").flash
    assert flash.address == IMAGE
    assert flash.address + flash.size == SIZE
    assert flash.block_sizes == NRF52840.block_sizes
    assert flash.programs_per_unit == PROGRAMS == NRF52840.programs_per_unit
