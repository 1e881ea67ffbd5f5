#include "gbcs/zcl.h"

enum { FRAME_HEADER_OCTETS = 3, DEFAULT_RESPONSE = 0x0B };

// Control of a component: the last one, and its payload encrypted.
enum { LAST = 0x01, ENCRYPTED = 0x02 };

// Sent by a server that wants no default response.
enum { NO_DEFAULT_RESPONSE = 0x18 };

static const uint8_t profile[] = {0x01, 0x09, 0x01};

bool zcl_decode(struct octets payload, struct zcl_frame *frame)
{
    const size_t head = sizeof profile + 5;
    const uint8_t *at = payload.at;
    if (payload.length < head + FRAME_HEADER_OCTETS || memcmp(at, profile, sizeof profile) != 0
        || at[3] != LAST || read_be16(at + 6) != payload.length - head || at[head + 1] != 0) {
        return false;
    }
    frame->cluster = read_be16(at + 4);
    frame->control = at[head];
    frame->command = at[head + 2];
    frame->payload = octets_of(at + head + FRAME_HEADER_OCTETS,
                               payload.length - head - FRAME_HEADER_OCTETS);
    return true;
}

static size_t begin(struct writer *writer, uint16_t cluster, uint8_t control)
{
    const uint8_t component[] = {control, (uint8_t)(cluster >> 8), (uint8_t)cluster, 0, 0};
    put_octets(writer, profile, sizeof profile);
    put_octets(writer, component, sizeof component);
    return writer->length;
}

size_t zcl_begin(struct writer *writer, uint16_t cluster)
{
    return begin(writer, cluster, LAST);
}

size_t zcl_begin_encrypted(struct writer *writer, uint16_t cluster, uint8_t command)
{
    // Two octets of the additional header: control, and a frame counter that stays zero.
    const uint8_t header[] = {0, 0, NO_DEFAULT_RESPONSE, 0, command};
    const size_t start = begin(writer, cluster, LAST | ENCRYPTED);
    put_octets(writer, header, sizeof header);
    return start;
}

void zcl_end(struct writer *writer, size_t start)
{
    if (!writer->overflowed) {
        write_be(writer->at + start - 2, writer->length - start, 2);
    }
}

void zcl_put_default(struct writer *writer, const struct zcl_frame *frame, uint8_t status)
{
    const uint8_t direction = (frame->control & ZCL_FROM_SERVER) ^ ZCL_FROM_SERVER;
    const uint8_t answer[] = {direction, 0, DEFAULT_RESPONSE, frame->command, status};
    const size_t start = zcl_begin(writer, frame->cluster);
    put_octets(writer, answer, sizeof answer);
    zcl_end(writer, start);
}
