#include "machine/use_soundness.h"

#include "generated/layout.h"

enum { COUNTER_HIGH_BITS = 31, SEQ_NUMBER_BITS = 63, LAST_SUPPLY_STATE = 2 };

// 9999-12-31 23:59:59: no clock and no message tells a later time.
#define LATEST UINT64_C(253402300799)

static bool is_zero(const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (octets[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool is_sound_top_up(uint16_t index, const uint8_t *body)
{
    const size_t end = TOP_UP_FLAGS_AT + TOP_UP_FLAGS_OCTETS;
    const uint8_t flags = body[TOP_UP_FLAGS_AT];
    return index < TOP_UP_PLACES
        && read_le32(body + TOP_UP_COUNTER_HIGH_AT) >> COUNTER_HIGH_BITS == 0 && flags != 0
        && (flags & ~(TOP_UP_CREDITED | TOP_UP_ANSWERED)) == 0
        && is_zero(body + end, BODY_OCTETS_TOP_UP - end);
}

static bool is_sound_meter(uint16_t index, const uint8_t *body)
{
    const int64_t balance = (int64_t)read_le64(body + METER_BALANCE_AT);
    const bool has_no_image = is_zero(body + METER_IMAGE_VERSION_AT,
                                      METER_IMAGE_VERSION_OCTETS + METER_IMAGE_HASH_OCTETS);
    return index == 0 && balance >= -INT32_MAX && balance <= INT32_MAX
        && body[METER_IMAGE_HELD_AT] <= 1 && (body[METER_IMAGE_HELD_AT] == 1 || has_no_image)
        && body[METER_CACHE_HEAD_AT] < TOP_UP_PLACES
        && body[METER_SUPPLY_STATE_AT] <= LAST_SUPPLY_STATE;
}

static bool is_sound_register(uint16_t index, const uint8_t *body)
{
    const uint16_t length = read_le16(body + REGISTER_LENGTH_AT);
    return index < REGISTER_PLACES && length <= MAX_REGISTER_OCTETS
        && body[REGISTER_IS_COMMAND_AT] <= 1 && (body[REGISTER_RESULT_AT] == 0 || length == 0)
        && is_zero(body + REGISTER_DATA_AT + length, (size_t)MAX_REGISTER_OCTETS - length);
}

static bool is_sound_activation(uint16_t index, const uint8_t *body)
{
    return index == 0 && read_le64(body + ACTIVATION_DUE_AT) <= LATEST
        && read_le64(body + ACTIVATION_COUNTER_AT) >> SEQ_NUMBER_BITS == 0;
}

bool is_sound_use(uint8_t kind, uint16_t index, const uint8_t *body)
{
    switch (kind) {
    case RECORD_TOP_UP:
        return is_sound_top_up(index, body);
    case RECORD_METER:
        return is_sound_meter(index, body);
    case RECORD_REGISTER:
        return is_sound_register(index, body);
    default:
        return is_sound_activation(index, body);
    }
}
