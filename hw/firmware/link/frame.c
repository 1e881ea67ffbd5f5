#include "link/frame.h"

#include "crypto/crypto.h"
#include "gbcs/crc32.h"
#include "link/cobs.h"

static uint8_t received[MAX_FRAME_OCTETS];
static struct cobs_decoder decoder;

void frame_start(void)
{
    crypto_wipe(received, sizeof received);
    decoder = cobs_decoder_over(received, sizeof received);
}

void frame_wipe(void)
{
    crypto_wipe(received, sizeof received);
}

static enum frame_event check_frame(struct frame *frame)
{
    if (decoder.decoded.length < FRAME_HEAD_OCTETS + FRAME_CHECK_OCTETS) {
        return FRAME_TOO_SHORT;
    }
    size_t checked = decoder.decoded.length - FRAME_CHECK_OCTETS;
    frame->check = read_le32(received + checked);
    if (crc32_update(0, received, checked) != frame->check) {
        return FRAME_WRONG_CHECK;
    }
    frame->type = received[0];
    frame->sequence = received[1];
    frame->payload = octets_of(received + FRAME_HEAD_OCTETS, checked - FRAME_HEAD_OCTETS);
    return FRAME_GOOD;
}

enum frame_event frame_take(uint8_t octet, struct frame *frame)
{
    switch (cobs_take(&decoder, octet)) {
    case COBS_FRAME:
        return check_frame(frame);
    case COBS_BAD:
        return FRAME_NO_COBS;
    case COBS_TOO_LONG:
        return FRAME_TOO_LONG;
    case COBS_MORE:
    default:
        return FRAME_NONE;
    }
}

void frame_send(uint8_t type, uint8_t sequence, struct octets payload)
{
    uint8_t head[FRAME_HEAD_OCTETS] = {type, sequence};
    uint8_t check[FRAME_CHECK_OCTETS];
    uint32_t crc = crc32_update(0, head, sizeof head);
    write_le(check, crc32_update(crc, payload.at, payload.length), sizeof check);
    cobs_begin();
    cobs_put(head, sizeof head);
    cobs_put(payload.at, payload.length);
    cobs_put(check, sizeof check);
    cobs_end();
}
