// The machine as a program that reads its inputs from standard input, for a run of it under
// the sanitizers. A request is one letter, the length of what follows in four octets
// (little-endian), and that; an answer the same without the letter.
//
//     G name      geometry            L image       fill the flash
//     P           power on            O             open the store anew
//     C clock     seconds (8), reliability (1)
//     R octets    receive             T             tick
//     I           the flash
//
// P, O and C answer with one octet, R and T with the reason, then each message after its length.
#include <stdio.h>
#include <stdlib.h>

#include "board.h"
#include "generated/geometry.h"
#include "host/host.h"
#include "machine/machine.h"

enum { MAX_REQUEST = HOST_FLASH_OCTETS };

static struct effects effects;

static void send_length(size_t length)
{
    uint8_t octets[4];
    write_le(octets, length, sizeof octets);
    fwrite(octets, 1, sizeof octets, stdout);
}

static void answer(const void *octets, size_t length)
{
    send_length(length);
    fwrite(octets, 1, length, stdout);
}

static void answer_octet(int value)
{
    uint8_t octet = (uint8_t)value;
    answer(&octet, 1);
}

static void answer_effects(void)
{
    size_t length = 1;
    for (size_t i = 0; i < effects.count; i++) {
        length += 4 + effects.messages[i].length;
    }
    send_length(length);
    fwrite(&effects.reason, 1, 1, stdout);
    for (size_t i = 0; i < effects.count; i++) {
        answer(effects.messages[i].at, effects.messages[i].length);
    }
}

static void obey(char letter, const uint8_t *octets, size_t length)
{
    switch (letter) {
    case 'G':
        answer_octet(host_choose_geometry((const char *)octets));
        break;
    case 'L':
        memcpy(host_flash, octets, length);
        host_flash_was_filled();
        answer_octet(0);
        break;
    case 'P':
        answer_octet(host_power_on());
        break;
    case 'O':
        answer_octet((int)store_open());
        break;
    case 'C':
        answer_octet(host_set_clock(read_le64(octets), octets[8]));
        break;
    case 'R':
        machine_receive(octets_of(octets, length), &effects);
        answer_effects();
        break;
    case 'T':
        machine_tick(&effects);
        answer_effects();
        break;
    default:
        answer(host_flash, board_geometry.size);
    }
}

int main(void)
{
    uint8_t head[5];
    while (fread(head, 1, sizeof head, stdin) == sizeof head) {
        size_t length = read_le32(head + 1);
        // As long as what is in it, so that no octet behind it is read unseen.
        uint8_t *octets = length <= MAX_REQUEST ? malloc(length) : NULL;
        if (octets == NULL || fread(octets, 1, length, stdin) != length) {
            return 1;
        }
        obey((char)head[0], octets, length);
        fflush(stdout);
        free(octets);
    }
    return 0;
}
