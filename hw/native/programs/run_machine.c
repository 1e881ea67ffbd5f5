// The machine as a program that reads its inputs from standard input, for a run of it under
// the sanitizers. A request is one letter, the length of what follows in four octets
// (little-endian), and that; an answer the same without the letter.
//
//     G name      geometry            L image       fill the flash
//     P           power on            O             open the store anew
//     C clock     seconds (8), reliability (1)
//     R octets    receive             T             tick
//     E digits    typed in            I             the flash
//
// P, O and C answer with one octet, R, E and T with the reason, then each message after its length.
#include <stdio.h>
#include <stdlib.h>

#include "native/device.h"
#include "octets.h"

enum { MAX_FLASH = 1 << 18, MAX_ANSWER = 1 << 16 };

static uint8_t flash[MAX_FLASH];
static struct device *device;

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

static void answer_input(int length, const uint8_t *answers)
{
    answer(answers, length < 0 ? 0 : (size_t)length);
}

static void obey(char letter, const uint8_t *octets, size_t length)
{
    static uint8_t answers[MAX_ANSWER];
    switch (letter) {
    case 'G':
        device = engine_open((const char *)octets, flash, true);
        answer_octet(device != NULL);
        break;
    case 'L':
        memcpy(flash, octets, length);
        engine_flash_was_filled(device);
        answer_octet(0);
        break;
    case 'P':
        answer_octet(engine_power_on(device));
        break;
    case 'O':
        answer_octet(engine_reopen(device));
        break;
    case 'C':
        answer_octet(engine_set_clock(device, read_le64(octets), octets[8]));
        break;
    case 'R':
        answer_input(engine_receive(device, octets, length, answers, sizeof answers), answers);
        break;
    case 'E':
        answer_input(engine_enter(device, octets, length, answers, sizeof answers), answers);
        break;
    case 'T':
        answer_input(engine_tick(device, answers, sizeof answers), answers);
        break;
    default:
        answer(flash, device->geometry.size);
    }
}

int main(void)
{
    uint8_t head[5];
    while (fread(head, 1, sizeof head, stdin) == sizeof head) {
        size_t length = read_le32(head + 1);
        // As long as what is in it, so that no octet behind it is read unseen.
        uint8_t *octets = length <= MAX_FLASH ? malloc(length) : NULL;
        if (octets == NULL || fread(octets, 1, length, stdin) != length) {
            return 1;
        }
        obey((char)head[0], octets, length);
        fflush(stdout);
        free(octets);
    }
    return 0;
}
