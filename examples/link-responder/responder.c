// The least that a board must do on the link (hw/PROTOCOL.md), in C, behind a TCP port.
//
// It has no machine: it refuses every message as malformed, and counts them in `ticks`. On a board,
// `put` writes to the UART and `main` is the loop that reads it.
//
//     cc -std=c11 -Wall -o responder responder.c && ./responder 5334 &
//     firmware-sim board check-link --port socket://127.0.0.1:5334
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELLO = 0x01, MESSAGE = 0x02, RESET = 0x0C, EVENT_ACK = 0x31 };
enum { ANSWER = 0x80, BOOT = 0xB0, REJECT = 0xFE, DECLINED = 0xFF };
enum { NO_COBS = 1, TOO_SHORT, TOO_LONG, WRONG_CHECK };
enum { UNKNOWN_TYPE = 1, BAD_LENGTH = 2, NOT_GREETED = 8, MALFORMED = 1 };
enum { MAX_MESSAGE = 2048, MAX_FRAME = MAX_MESSAGE + 32, MAX_ANSWER = 128 };

static int line;
static bool is_greeted, is_rejecting, is_kept;
static uint8_t kept_sequence, cause, answer[MAX_ANSWER];
static uint32_t kept_check, messages;
static size_t answer_length;

static uint32_t crc32(const uint8_t *octets, size_t length)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < length; i++) {
        crc ^= octets[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320 : 0);
        }
    }
    return ~crc;
}

static void put_le(uint8_t *at, uint32_t value, int octets)
{
    for (int i = 0; i < octets; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static void put(const uint8_t *octets, size_t length)
{
    while (length > 0) {
        ssize_t written = write(line, octets, length);
        if (written <= 0) {
            return; // the reader has gone: the next read says so
        }
        octets += written;
        length -= (size_t)written;
    }
}

// No frame that is sent here has 254 octets, so no group is full.
static void send_frame(uint8_t type, uint8_t sequence, const uint8_t *payload, size_t length)
{
    uint8_t octets[MAX_ANSWER + 6] = {type, sequence}, coded[MAX_ANSWER + 9] = {0};
    memcpy(octets + 2, payload, length);
    put_le(octets + 2 + length, crc32(octets, 2 + length), 4);
    size_t code = 1, at = 2;
    for (size_t i = 0; i < length + 6; i++) {
        coded[at] = octets[i];
        if (octets[i] == 0) {
            coded[code] = (uint8_t)(at - code);
            code = at;
        }
        at++;
    }
    coded[code] = (uint8_t)(at - code);
    coded[at] = 0;
    put(coded, at + 1);
}

static size_t boot_record(uint8_t *record)
{
    static const char names[] = "\x05toy 1\x01" "C";
    memset(record, 0, 86);
    record[0] = 2;
    put_le(record + 1, 1 << 8, 4); // RESET
    record[7] = cause;
    record[8] = 0xFF; // no device
    put_le(record + 25, MAX_MESSAGE, 2);
    memcpy(record + 27, "\xff\x04\x01", 3);
    memcpy(record + 86, names, sizeof names - 1);
    return 86 + sizeof names - 1;
}

static void start(uint8_t why)
{
    uint8_t record[MAX_ANSWER];
    is_greeted = is_kept = false;
    cause = why;
    send_frame(BOOT, 0, record, boot_record(record));
}

static uint8_t why_not(uint8_t type, size_t length)
{
    if (!is_greeted && type != HELLO) {
        return NOT_GREETED;
    }
    if (type != HELLO && type != MESSAGE && type != RESET) {
        return UNKNOWN_TYPE;
    }
    bool fits = type == MESSAGE ? length >= 1 && length <= MAX_MESSAGE : length == 0;
    return fits ? 0 : BAD_LENGTH;
}

static void carry_out(uint8_t type)
{
    memset(answer, 0, sizeof answer);
    answer_length = type == HELLO ? boot_record(answer) : type == RESET ? 1 : 6;
    if (type == MESSAGE) {
        answer[0] = MALFORMED;
        put_le(answer + 2, ++messages, 4);
    }
}

static void take_frame(uint8_t type, uint8_t sequence, size_t length, uint32_t check)
{
    static uint8_t answer_type;
    if (type >= ANSWER || type == EVENT_ACK) {
        return;
    }
    if (is_kept && kept_sequence == sequence && kept_check == check) {
        send_frame(answer_type, sequence, answer, answer_length);
        return;
    }
    uint8_t reason = why_not(type, length);
    if (reason != 0) {
        answer[0] = type, answer[1] = reason, answer_length = 2;
    } else {
        carry_out(type);
        is_greeted = true;
    }
    answer_type = reason != 0 ? DECLINED : type | ANSWER;
    is_kept = type != HELLO, kept_sequence = sequence, kept_check = check;
    send_frame(answer_type, sequence, answer, answer_length);
    if (type == RESET && reason == 0) {
        start(1);
    }
}

// Decodes in place; 0 if a group ends too early.
static bool decode(uint8_t *octets, size_t *length)
{
    size_t to = 0, at = 0;
    while (at < *length) {
        size_t code = octets[at];
        if (at + code > *length) {
            return false;
        }
        memmove(octets + to, octets + at + 1, code - 1);
        to += code - 1;
        at += code;
        if (code < 255 && at < *length) {
            octets[to++] = 0;
        }
    }
    *length = to;
    return true;
}

static uint8_t take_line(uint8_t *octets, size_t length)
{
    if (length > MAX_FRAME + MAX_FRAME / 254 + 1) {
        return TOO_LONG;
    }
    if (!decode(octets, &length)) {
        return NO_COBS;
    }
    if (length < 6) {
        return TOO_SHORT;
    }
    uint32_t check = crc32(octets, length - 4);
    uint8_t right[4];
    put_le(right, check, 4);
    if (memcmp(octets + length - 4, right, 4) != 0) {
        return WRONG_CHECK;
    }
    is_rejecting = false;
    take_frame(octets[0], octets[1], length - 6, check);
    return 0;
}

static void take(uint8_t octet)
{
    static uint8_t held[MAX_FRAME + MAX_FRAME / 254 + 2];
    static size_t length;
    if (octet != 0) {
        if (length < sizeof held) {
            held[length++] = octet;
        }
    } else if (length > 0) {
        uint8_t reason = take_line(held, length);
        length = 0;
        if (reason != 0 && !is_rejecting) {
            is_rejecting = true;
            send_frame(REJECT, 0, &reason, 1);
        }
    }
}

int main(int count, char **arguments)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    signal(SIGPIPE, SIG_IGN); // a host that goes away is no reason to end
    int door = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    address.sin_port = htons((uint16_t)(count > 1 ? atoi(arguments[1]) : 0));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, (struct sockaddr *)&address, size) != 0 || listen(door, 1) != 0) {
        perror("port");
        return 1;
    }
    getsockname(door, (struct sockaddr *)&address, &size);
    printf("socket://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    while ((line = accept(door, NULL, NULL)) >= 0) {
        uint8_t octet;
        start(0);
        while (read(line, &octet, 1) == 1) {
            take(octet);
        }
        close(line);
    }
    return 0;
}
