// A board that is nothing but flash, for trying the store from Python: it keeps the rules of the
// part, counts what breaks them, and loses power where it is told to.
#include <setjmp.h>
#include <stdlib.h>

#include "board.h"
#include "crypto/crypto.h"
#include "generated/geometry.h"
#include "machine/store.h"

// Beside the results of the store.
enum { POWER_LOST = 100 };

enum action { OPEN, COMMIT, FORMAT };
enum flavour { BEFORE, AFTER, TORN };

// GEOMETRY comes from the command line, one library a part.
const struct geometry board_geometry = GEOMETRY;

#define FLASH_OCTETS (1u << 18)
static uint8_t flash[FLASH_OCTETS];
static uint8_t programs[FLASH_OCTETS / 4];
const uint8_t *const board_flash = flash;

static jmp_buf supply;
static uint32_t operations;
static uint32_t faults;
static uint32_t failing = UINT32_MAX;
static struct {
    uint32_t operation;
    enum flavour flavour;
    uint32_t mask;
} cut = {UINT32_MAX, BEFORE, 0};

void (*sha256)(const uint8_t *octets, size_t length, uint8_t *digest);

static bool is_cut_due(enum flavour flavour)
{
    return cut.operation == operations && cut.flavour == flavour;
}

static void end_operation(bool is_cut)
{
    if (is_cut || is_cut_due(AFTER)) {
        longjmp(supply, 1);
    }
    operations++;
}

static void program(uint32_t offset, uint32_t word)
{
    uint32_t old = read_le32(flash + offset);
    if (offset % 4 != 0 || offset + 4 > board_geometry.size
        || (board_geometry.erased_value != 0 ? word & ~old : old & ~word) != 0
        || programs[offset / 4] >= board_geometry.programs_per_unit) {
        faults++;
    }
    programs[offset / 4]++;
    if (offset != failing) {
        write_le(flash + offset, word, 4);
    }
}

void flash_program_word(uint32_t offset, uint32_t word)
{
    bool is_torn = is_cut_due(TORN);
    if (is_cut_due(BEFORE)) {
        longjmp(supply, 1);
    }
    uint32_t old = read_le32(flash + offset);
    if (is_torn) {
        word = old ^ ((old ^ word) & cut.mask);
    }
    if (!is_torn || word != old) {  // a torn one that changed no bit has not begun
        program(offset, word);
    }
    end_operation(is_torn);
}

void flash_erase_block(uint32_t number)
{
    struct block block = geometry_block(&board_geometry, number);
    bool is_torn = is_cut_due(TORN);
    if (is_cut_due(BEFORE)) {
        longjmp(supply, 1);
    }
    for (uint32_t at = block.start; at < block.start + block.size; at++) {
        uint8_t mask = (uint8_t)(is_torn ? cut.mask >> 8 * (at % 4) : 0xFFu);
        flash[at] = (uint8_t)(flash[at] ^ ((flash[at] ^ board_geometry.erased_value) & mask));
        if (!is_torn) {
            programs[at / 4] = 0;
        }
    }
    end_operation(is_torn);
}

uint8_t *flash_octets(void)
{
    return flash;
}

// A loaded image: what does not read erased has been programmed as often as the part allows.
void flash_loaded(void)
{
    for (uint32_t at = 0; at < board_geometry.size; at += 4) {
        bool is_erased = read_le32(flash + at) == board_geometry.erased_value * 0x01010101u;
        programs[at / 4] = is_erased ? 0 : board_geometry.programs_per_unit;
    }
    faults = 0;
}

// Programs of the word at this offset have no effect from now on.
void flash_fail_at(uint32_t offset)
{
    failing = offset;
}

uint32_t flash_faults(void)
{
    return faults;
}

uint32_t flash_operations(void)
{
    return operations;
}

// Start and size of a block in one number.
uint64_t block_of(uint32_t number)
{
    struct block block = geometry_block(&board_geometry, number);
    return (uint64_t)block.start << 32 | block.size;
}

// Does one thing, with the power failing at an operation counted from 0 (UINT32_MAX: never).
int run(int action, uint32_t operation, int flavour, uint32_t mask)
{
    static const uint8_t entity[8] = {0x00, 0xdb, 0x12, 0x34, 0x56, 0x78, 0x90, 0xa0};
    operations = 0;
    cut.operation = operation;
    cut.flavour = (enum flavour)flavour;
    cut.mask = mask;
    if (setjmp(supply) != 0) {
        return POWER_LOST;
    }
    switch ((enum action)action) {
    case OPEN:
        return (int)store_open();
    case COMMIT:
        return (int)changes_commit();
    case FORMAT:
        return (int)store_format(1, entity);
    }
    abort();
}

void crypto_sha256_of(const struct octets *parts, size_t count, uint8_t digest[DIGEST_OCTETS])
{
    static uint8_t joined[FLASH_OCTETS];
    struct writer writer = writer_over(joined, sizeof joined);
    for (size_t i = 0; i < count; i++) {
        put_octets(&writer, parts[i].at, parts[i].length);
    }
    sha256(joined, writer.length, digest);
}
