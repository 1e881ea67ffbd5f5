#include "native/line.h"

#include "board.h"
#include "link/boot_record.h"
#include "octets.h"

uint8_t line_sent[LINE_ROOM];
size_t line_sent_length;
uint32_t line_milliseconds;

const uint32_t board_ticks_per_second = 1000;

void board_start(void)
{
}

int board_receive(void)
{
    return -1;
}

void board_send(const uint8_t *octets, size_t length)
{
    const size_t room = sizeof line_sent - line_sent_length;
    const size_t kept = length < room ? length : room;
    memcpy(line_sent + line_sent_length, octets, kept);
    line_sent_length += kept;
}

uint32_t board_milliseconds(void)
{
    return line_milliseconds;
}

uint32_t board_ticks(void)
{
    return line_milliseconds;
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
