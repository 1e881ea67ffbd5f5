// The board that is none. `board_geometry` is chosen at run time here, so this file does not see
// its declaration as a constant; it changes only while nothing of the firmware runs.
#include "generated/geometry.h"
#include "host/host.h"
#include "link/cut.h"
#include "link/link.h"

extern const char board_name[];
extern const uint8_t *const board_flash;
extern const uint32_t board_ticks_per_second;
extern struct geometry board_geometry;
void board_start(void);
int board_receive(void);
void board_send(const uint8_t *octets, size_t length);
uint32_t board_milliseconds(void);
uint32_t board_ticks(void);
uint32_t board_stack_octets(void);
uint8_t board_reset_cause(void);
void board_build_id(uint8_t digest[32]);
void flash_program_word(uint32_t offset, uint32_t word);
void flash_erase_block(uint32_t block);

uint8_t host_flash[HOST_FLASH_OCTETS];
uint8_t host_sent[HOST_SENT_OCTETS];
size_t host_sent_length;
uint32_t host_milliseconds;
uint32_t host_flash_misuses;
bool host_flash_is_worn;

const char board_name[] = "host";
const uint8_t *const board_flash = host_flash;
const uint32_t board_ticks_per_second = 1000;
struct geometry board_geometry = GEOMETRY_NRF52840;

static uint8_t programs[HOST_FLASH_OCTETS / 4];

bool host_choose_geometry(const char *name)
{
    for (int i = 0; i < NAMED_GEOMETRIES; i++) {
        const struct named_geometry *known = &named_geometries[i];
        if (strcmp(known->name, name) == 0 && known->geometry.size <= sizeof host_flash) {
            board_geometry = known->geometry;
            host_flash_was_filled();
            return true;
        }
    }
    return false;
}

void host_flash_was_filled(void)
{
    memset(programs, 0, sizeof programs);
}

// A part with a write unit of one octet counts programs of octets, not of our words.
static void check_program(uint32_t offset, uint32_t word)
{
    const uint32_t old = read_le32(host_flash + offset);
    const uint32_t back = board_geometry.erased_value == 0 ? old & ~word : ~old & word;
    programs[offset / 4]++;
    host_flash_misuses += programs[offset / 4] > board_geometry.programs_per_unit;
    host_flash_misuses += board_geometry.programs_per_unit == 1 && back != 0;
}

void flash_program_word(uint32_t offset, uint32_t word)
{
    if (offset % 4 != 0 || offset >= board_geometry.size) {
        host_flash_misuses++;
        return;
    }
    if (host_flash_is_worn) {
        return;
    }
    check_program(offset, word);
    word = cut_before_program(offset, word);
    const uint32_t old = read_le32(host_flash + offset);
    write_le(host_flash + offset, board_geometry.erased_value == 0 ? old | word : old & word, 4);
    cut_after_operation();
}

void flash_erase_block(uint32_t number)
{
    const struct block block = geometry_block(&board_geometry, number);
    host_flash_misuses += block.size == 0;
    if (host_flash_is_worn) {
        return;
    }
    cut_before_erase(number);
    memset(host_flash + block.start, board_geometry.erased_value, block.size);
    memset(programs + block.start / 4, 0, block.size / 4);
    cut_after_operation();
}

void board_start(void)
{
}

int board_receive(void)
{
    return -1;
}

void board_send(const uint8_t *octets, size_t length)
{
    const size_t room = sizeof host_sent - host_sent_length;
    const size_t kept = length < room ? length : room;
    memcpy(host_sent + host_sent_length, octets, kept);
    host_sent_length += kept;
}

uint32_t board_milliseconds(void)
{
    return host_milliseconds;
}

uint32_t board_ticks(void)
{
    return host_milliseconds;
}

uint32_t board_stack_octets(void)
{
    return 0;
}

uint8_t board_reset_cause(void)
{
    return RESET_POWER_ON;
}

void board_build_id(uint8_t digest[32])
{
    memset(digest, 0, 32);
}
