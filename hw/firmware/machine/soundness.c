#include "machine/soundness.h"

#include "gbcs/cells.h"
#include "gbcs/name.h"
#include "gbcs/replacement.h"
#include "generated/layout.h"
#include "machine/clock.h"
#include "machine/entries.h"
#include "machine/live.h"
#include "machine/use_soundness.h"

enum {
    COUNTS_END_BITS = 31,  // counts and counters stay below half of what their field holds:
    SEQ_END_BITS = 63,     // none overflows in use
    NOT_A_CELL = 0xFFFF,
};

// 9999-12-31 23:59:59: no clock and no message tells a later time.
static const uint64_t latest = 253402300799;

static bool is_zero(const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (octets[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool is_count(const uint8_t *at)
{
    return read_le32(at) >> COUNTS_END_BITS == 0;
}

static bool is_seq_number(const uint8_t *at)
{
    return read_le64(at) >> SEQ_END_BITS == 0;
}

static bool is_time(const uint8_t *at)
{
    return read_le64(at) <= latest;
}

// A field of so many octets behind its length, padded with zeros.
static bool is_padded(const uint8_t *field, uint16_t length, size_t least, size_t most)
{
    return length >= least && length <= most && is_zero(field + length, most - length);
}

static bool is_role(uint8_t role)
{
    return role <= ROLE_LOAD_CONTROLLER;
}

static bool is_own_usage(uint16_t usage)
{
    return usage == KEY_USAGE_DIGITAL_SIGNATURE || usage == KEY_USAGE_KEY_AGREEMENT;
}

static bool is_cell(uint8_t role, uint8_t key_usage, uint8_t usage)
{
    return is_role(role) && (is_own_usage(key_usage) || key_usage == KEY_USAGE_KEY_CERT_SIGN)
        && usage <= CELL_USAGE_PREPAYMENT_TOP_UP;
}

// The cell that a body is of, root or not; NOT_A_CELL if it names none.
static uint16_t cell_of(const uint8_t *body)
{
    uint8_t role = body[CELL_ROLE_AT];
    uint8_t key_usage = body[CELL_KEY_USAGE_AT];
    uint8_t usage = body[CELL_CELL_USAGE_AT];
    bool is_sound = is_cell(role, key_usage, usage)
        && is_zero(body + CELL_CERTIFICATE_DIGEST_AT + CELL_CERTIFICATE_DIGEST_OCTETS,
                   BODY_OCTETS_CELL - CELL_CERTIFICATE_DIGEST_AT - CELL_CERTIFICATE_DIGEST_OCTETS);
    return is_sound ? cell_id(role, key_usage, usage) : NOT_A_CELL;
}

static bool is_sound_identity(uint16_t index, const uint8_t *body)
{
    const size_t end = IDENTITY_SEED_AT + IDENTITY_SEED_OCTETS;
    uint8_t type = body[IDENTITY_DEVICE_TYPE_AT];
    return index == 0 && type < 32 && (DEVICE_TYPES >> type & 1) != 0
        && is_zero(body + end, BODY_OCTETS_IDENTITY - end);
}

static bool is_sound_certificate(uint16_t index, const uint8_t *body)
{
    const size_t end = DEVICE_CERTIFICATE_DER_AT + MAX_CERTIFICATE_OCTETS;
    return is_own_usage(index)
        && is_padded(body + DEVICE_CERTIFICATE_DER_AT,
                     read_le16(body + DEVICE_CERTIFICATE_LENGTH_AT), 1, MAX_CERTIFICATE_OCTETS)
        && is_zero(body + end, BODY_OCTETS_DEVICE_CERTIFICATE - end);
}

static bool is_sound_key(uint16_t index, const uint8_t *body)
{
    const size_t end = DEVICE_KEY_PUBLIC_KEY_AT + DEVICE_KEY_PUBLIC_KEY_OCTETS;
    uint8_t state = body[DEVICE_KEY_STATE_AT];
    return is_own_usage(index >> 4) && (index & 0xF) == state
        && (state == KEY_STATE_ACTIVE || state == KEY_STATE_PENDING)
        && is_zero(body + end, BODY_OCTETS_DEVICE_KEY - end);
}

static bool is_sound_root(uint16_t index, const uint8_t *body)
{
    const size_t end = ROOT_WRAPPED_CONTINGENCY_KEY_AT + MAX_WRAPPED_KEY_OCTETS;
    const uint8_t *name = body + ROOT_SUBJECT_NAME_AT;
    uint16_t length = read_le16(body + ROOT_SUBJECT_NAME_LENGTH_AT);
    struct name_facts facts;
    return index == ROOT_CELL && cell_of(body) == ROOT_CELL
        && is_padded(name, length, 1, MAX_NAME_OCTETS) && name_read(octets_of(name, length), &facts)
        && is_padded(body + ROOT_WRAPPED_CONTINGENCY_KEY_AT,
                     read_le16(body + ROOT_WRAPPED_CONTINGENCY_KEY_LENGTH_AT), 0,
                     MAX_WRAPPED_KEY_OCTETS)
        && is_zero(body + end, BODY_OCTETS_ROOT - end);
}

// What is not held is zero.
static bool is_sound_counters(uint16_t index, const uint8_t *body)
{
    uint8_t present = body[COUNTERS_PRESENT_AT];
    const uint8_t *execution = body + COUNTERS_EXECUTION_AT;
    const uint8_t *specialist = body + COUNTERS_SPECIALIST_AT;
    return index == body[COUNTERS_ROLE_AT] && is_role(body[COUNTERS_ROLE_AT])
        && (present & ~(COUNTERS_HAS_EXECUTION | COUNTERS_HAS_SPECIALIST)) == 0
        && is_zero(body + COUNTERS_PRESENT_AT + 1, COUNTERS_EXECUTION_AT - COUNTERS_PRESENT_AT - 1)
        && is_seq_number(execution) && is_seq_number(specialist)
        && ((present & COUNTERS_HAS_EXECUTION) != 0 || read_le64(execution) == 0)
        && ((present & COUNTERS_HAS_SPECIALIST) != 0 || read_le64(specialist) == 0);
}

static bool is_sound_own_counters(uint16_t index, const uint8_t *body)
{
    const size_t end = OWN_COUNTERS_BOOTS_AT + OWN_COUNTERS_BOOTS_OCTETS;
    return index == 0 && is_seq_number(body + OWN_COUNTERS_NEXT_COUNTER_AT)
        && is_count(body + OWN_COUNTERS_BOOTS_AT)
        && is_zero(body + end, BODY_OCTETS_OWN_COUNTERS - end);
}

// Printable ASCII, then zeros.
static bool is_text(const uint8_t *text, size_t most)
{
    size_t length = 0;
    while (length < most && text[length] >= 0x20 && text[length] <= 0x7E) {
        length++;
    }
    return is_zero(text + length, most - length);
}

static bool is_sound_event(uint16_t index, const uint8_t *body)
{
    const size_t end = LOG_EVENT_DETAIL_AT + LOG_EVENT_DETAIL_OCTETS;
    return index < RING_PLACES && is_count(body + LOG_EVENT_SEQUENCE_AT)
        && is_time(body + LOG_EVENT_TIME_AT) && is_seq_number(body + LOG_EVENT_COUNTER_AT)
        && body[LOG_EVENT_RELIABILITY_AT] <= CLOCK_INVALID
        && is_text(body + LOG_EVENT_DETAIL_AT, LOG_EVENT_DETAIL_OCTETS)
        && is_zero(body + end, BODY_OCTETS_LOG_EVENT - end);
}

static bool is_sound_tally(uint16_t index, const uint8_t *body)
{
    const size_t end = LOG_TALLY_LAST_ORIGINATOR_AT + LOG_TALLY_LAST_ORIGINATOR_OCTETS;
    uint8_t known = body[LOG_TALLY_KNOWN_PARTY_AT];
    return index == (uint32_t)read_le16(body + LOG_TALLY_REASON_AT) * 2 + known && known <= 1
        && body[LOG_TALLY_KNOWN_PARTY_AT + 1] == 0 && is_count(body + LOG_TALLY_REFUSALS_AT)
        && is_time(body + LOG_TALLY_FIRST_TIME_AT) && is_time(body + LOG_TALLY_LAST_TIME_AT)
        && is_zero(body + end, BODY_OCTETS_LOG_TALLY - end);
}

static bool is_sound_command(uint16_t index, const uint8_t *body)
{
    const size_t end = PENDING_COMMAND_DIGEST_AT + PENDING_COMMAND_DIGEST_OCTETS;
    return index < FORMAT_PENDING_PLACES && is_time(body + PENDING_COMMAND_DUE_AT)
        && is_seq_number(body + PENDING_COMMAND_COUNTER_AT)
        && rule_of_code(read_le16(body + PENDING_COMMAND_MESSAGE_CODE_AT)) != NULL
        && is_zero(body + end, BODY_OCTETS_PENDING_COMMAND - end);
}

static bool is_sound_chunk(uint16_t index, const uint8_t *body)
{
    const size_t end = PENDING_CHUNK_OCTETS_AT + MAX_CHUNK_OCTETS;
    return index >> 8 < FORMAT_PENDING_PLACES
        && is_padded(body + PENDING_CHUNK_OCTETS_AT, read_le16(body + PENDING_CHUNK_LENGTH_AT), 1,
                     MAX_CHUNK_OCTETS)
        && is_zero(body + end, BODY_OCTETS_PENDING_CHUNK - end);
}

static bool is_sound_retired_key(uint16_t index, const uint8_t *body)
{
    const size_t end = RETIRED_KEY_KEY_DIGEST_AT + RETIRED_KEY_KEY_DIGEST_OCTETS;
    uint16_t cell = index / RETIRED_PLACES;
    return is_cell(cell_role(cell), cell_key_usage(cell), cell_usage(cell))
        && is_seq_number(body + RETIRED_KEY_COUNTER_AT)
        && is_count(body + RETIRED_KEY_SEQUENCE_AT)
        && is_zero(body + end, BODY_OCTETS_RETIRED_KEY - end);
}

static bool is_sound(uint8_t kind, uint16_t index, const uint8_t *body)
{
    switch (kind) {
    case RECORD_IDENTITY:
        return is_sound_identity(index, body);
    case RECORD_DEVICE_CERTIFICATE:
        return is_sound_certificate(index, body);
    case RECORD_DEVICE_KEY:
        return is_sound_key(index, body);
    case RECORD_CELL:
        return index != ROOT_CELL && index == cell_of(body);
    case RECORD_ROOT:
        return is_sound_root(index, body);
    case RECORD_COUNTERS:
        return is_sound_counters(index, body);
    case RECORD_OWN_COUNTERS:
        return is_sound_own_counters(index, body);
    case RECORD_LOG_EVENT:
        return is_sound_event(index, body);
    case RECORD_LOG_TALLY:
        return is_sound_tally(index, body);
    case RECORD_PENDING_COMMAND:
        return is_sound_command(index, body);
    case RECORD_PENDING_CHUNK:
        return is_sound_chunk(index, body);
    case RECORD_RETIRED_KEY:
        return is_sound_retired_key(index, body);
    default:
        return is_sound_use(kind, index, body);
    }
}

bool records_are_sound(void)
{
    size_t count;
    const struct octets *entries = live_entries(&count);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *entry = entries[i].at;
        if (!is_sound(entry[ENTRY_KIND_AT], read_le16(entry + ENTRY_INDEX_AT),
                      entry + ENTRY_HEADER_OCTETS)) {
            return false;
        }
    }
    return true;
}
