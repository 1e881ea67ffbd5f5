#include "link/cobs.h"

#include "board.h"

struct cobs_decoder cobs_decoder_over(uint8_t *at, size_t capacity)
{
    return (struct cobs_decoder){writer_over(at, capacity), 0, false, false};
}

static enum cobs_event end_of_frame(struct cobs_decoder *decoder)
{
    enum cobs_event event = COBS_FRAME;
    if (!decoder->is_started) {
        event = COBS_MORE;
    } else if (decoder->decoded.overflowed) {
        event = COBS_TOO_LONG;
    } else if (decoder->left > 0) {
        event = COBS_BAD;
    }
    decoder->left = 0;
    decoder->zero_due = false;
    decoder->is_started = false;
    return event;
}

enum cobs_event cobs_take(struct cobs_decoder *decoder, uint8_t octet)
{
    if (octet == COBS_DELIMITER) {
        return end_of_frame(decoder);
    }
    if (!decoder->is_started) {
        decoder->is_started = true;
        decoder->decoded.length = 0;
        decoder->decoded.overflowed = false;
    }
    if (decoder->left > 0) {
        put_octet(&decoder->decoded, octet);
        decoder->left--;
        return COBS_MORE;
    }
    if (decoder->zero_due) {
        put_octet(&decoder->decoded, 0);
    }
    decoder->left = (uint8_t)(octet - 1);
    decoder->zero_due = octet <= COBS_GROUP_OCTETS;
    return COBS_MORE;
}

// The group that is being filled, behind room for its code.
static uint8_t group[1 + COBS_GROUP_OCTETS];
static uint8_t filled;
static bool is_group_due;  // after a zero, or at the start: a group follows, if only an empty one

static void send_group(void)
{
    group[0] = (uint8_t)(filled + 1);
    board_send(group, (size_t)filled + 1);
    filled = 0;
}

static void send_delimiter(void)
{
    static const uint8_t delimiter = COBS_DELIMITER;
    board_send(&delimiter, 1);
}

void cobs_begin(void)
{
    send_delimiter();
    filled = 0;
    is_group_due = true;
}

void cobs_put(const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (octets[i] == 0) {
            send_group();
            is_group_due = true;
            continue;
        }
        group[1 + filled++] = octets[i];
        if (filled == COBS_GROUP_OCTETS) {
            send_group();
            is_group_due = false;
        }
    }
}

void cobs_end(void)
{
    if (filled > 0 || is_group_due) {
        send_group();
    }
    send_delimiter();
}
