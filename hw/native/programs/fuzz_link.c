// Feeds the link what a line may bring (libFuzzer, under AddressSanitizer): an input is a script of
// noise, requests with a right check, and time. After any script the next good frame is answered,
// and noise alone is answered at most once.
#include <stdlib.h>

#include "board.h"
#include "crypto/crypto.h"
#include "gbcs/crc32.h"
#include "generated/geometry.h"
#include "link/cobs.h"
#include "link/link.h"
#include "link/requests.h"
#include "machine/machine.h"
#include "native/device.h"
#include "native/line.h"

enum { NOISE, REQUEST, TIME, CHOICES };
enum { LONGEST_SCRIPT = 1000, FRAME_OCTETS = 1024, LINE_OCTETS = FRAME_OCTETS + 16 };
enum { FLASH_OCTETS = 14336 };  // of "tiny"
enum { HELLO_ANSWER = 0x81, REJECT = 0xFE };

static struct octets script;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static uint8_t next_octet(void)
{
    if (script.length == 0) {
        return 0;
    }
    script.length--;
    return *script.at++;
}

static void take(const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        link_take(octets[i]);
    }
}

// Lets the encoder of the firmware write to its line, and reads it back there.
static void request(uint8_t type, uint8_t sequence, const uint8_t *payload, size_t length)
{
    static uint8_t line[LINE_OCTETS];
    uint8_t frame[FRAME_OCTETS] = {type, sequence};
    if (length > 0) {
        memcpy(frame + 2, payload, length);
    }
    if (type == REQUEST_MEASURE && length == 5) {
        frame[3] = 0;  // declined: what its operations do is not what we look for
        frame[4] = 0;
    }
    write_le(frame + 2 + length, crc32_update(0, frame, 2 + length), 4);
    line_sent_length = 0;
    cobs_begin();
    cobs_put(frame, 2 + length + 4);
    cobs_end();
    const size_t sent = line_sent_length;
    require(sent <= sizeof line);
    memcpy(line, line_sent, sent);
    line_sent_length = 0;
    take(line, sent);
}

// The type of the last frame that the board sent; its head lies in the first group.
static uint8_t last_type(void)
{
    size_t end = line_sent_length - 1;
    require(line_sent_length > 2 && line_sent[end] == 0);
    while (line_sent[end - 1] != 0) {
        end--;
    }
    return line_sent[end] == 1 ? 0 : line_sent[end + 1];
}

static void make_noise(void)
{
    const size_t wanted = next_octet();
    const size_t length = wanted < script.length ? wanted : script.length;
    line_sent_length = 0;
    take(script.at, length);
    script.at += length;
    script.length -= length;
}

static void make_request(void)
{
    const uint8_t type = next_octet();
    const uint8_t sequence = next_octet();
    const size_t wanted = (size_t)next_octet() * 4 + (next_octet() & 3);
    size_t length = wanted < script.length ? wanted : script.length;
    length = length < FRAME_OCTETS - 6 ? length : FRAME_OCTETS - 6;
    request(type, sequence, script.at, length);
    script.at += length;
    script.length -= length;
}

static int start(void *argument)
{
    (void)argument;
    const struct link_boot boot = {
        .self_test_passed = true, .store = machine_power_on(), .firmware = "fuzz"};
    link_start(&boot);
    return 0;
}

static int follow_script(void *argument)
{
    (void)argument;
    while (script.length > 0) {
        switch (next_octet() % CHOICES) {
        case NOISE:
            make_noise();
            break;
        case REQUEST:
            make_request();
            break;
        default:
            line_milliseconds += (uint32_t)next_octet() * 16;
            line_sent_length = 0;
            link_time_passes();
            break;
        }
    }
    return 0;
}

static int greet(void *argument)
{
    (void)argument;
    request(REQUEST_HELLO, 200, (const uint8_t *)"", 0);
    require(last_type() == HELLO_ANSWER);
    // Bad frames only: one REJECT, then silence.
    static const uint8_t noise[] = {0, 5, 1, 2, 0, 9, 9, 0, 6, 1, 2, 3, 4, 5, 0};
    line_sent_length = 0;
    take(noise, sizeof noise);
    require(last_type() == REJECT);
    line_sent_length = 0;
    take(noise, sizeof noise);
    require(line_sent_length == 0);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t length)
{
    if (length > LONGEST_SCRIPT) {
        return -1;  // more of the same
    }
    script = octets_of(octets, length);
    static uint8_t flash[FLASH_OCTETS];
    static struct device *device;
    if (device == NULL) {
        device = engine_open("tiny", flash, true);
        run_device(device);
    }
    memset(flash, 0xFF, board_geometry.size);
    engine_flash_was_filled(device);
    while (with_power(start, NULL) == ENGINE_RESET
           || with_power(follow_script, NULL) == ENGINE_RESET) {
    }
    with_power(greet, NULL);
    return 0;
}
