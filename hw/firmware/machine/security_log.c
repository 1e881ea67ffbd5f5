#include "machine/security_log.h"

#include "gbcs/times.h"
#include "generated/layout.h"
#include "generated/machine_tables.h"
#include "machine/clock.h"
#include "machine/state.h"

enum { TALLIES = 2 * REASONS };

static uint32_t refusals[TALLIES];

void security_log_start(void)
{
    const uint8_t *body;
    int32_t index = -1;
    memset(refusals, 0, sizeof refusals);
    while (store_next(RECORD_LOG_TALLY, &index, &body)) {
        if (index < TALLIES) {
            refusals[index] = read_le32(body + LOG_TALLY_REFUSALS_AT);
        }
    }
}

static bool is_known(const uint8_t *originator)
{
    const uint8_t *cell;
    int32_t cursor = -1;
    while (originator != NULL && state_next_cell(&cursor, &cell)) {
        if (memcmp(cell + CELL_UNIQUE_ID_AT, originator, CELL_UNIQUE_ID_OCTETS) == 0) {
            return true;
        }
    }
    return false;
}

bool security_log_count(uint8_t reason, const uint8_t *originator)
{
    bool known = is_known(originator);
    uint16_t index = (uint16_t)(reason << 1 | known);
    uint32_t count = ++refusals[index];
    if ((count & (count - 1)) != 0) {
        return false;
    }
    const uint8_t *held = store_body(RECORD_LOG_TALLY, index);
    uint64_t now = clock_now().seconds;
    uint8_t *body = changes_put(RECORD_LOG_TALLY, index);
    body[LOG_TALLY_REASON_AT] = reason;
    body[LOG_TALLY_KNOWN_PARTY_AT] = known;
    write_le(body + LOG_TALLY_REFUSALS_AT, count, 4);
    write_le(body + LOG_TALLY_FIRST_TIME_AT,
             held == NULL ? now : read_le64(held + LOG_TALLY_FIRST_TIME_AT), 8);
    write_le(body + LOG_TALLY_LAST_TIME_AT, now, 8);
    if (originator != NULL) {
        memcpy(body + LOG_TALLY_LAST_ORIGINATOR_AT, originator, LOG_TALLY_LAST_ORIGINATOR_OCTETS);
    }
    return true;
}

static uint32_t next_sequence(void)
{
    const uint8_t *body;
    int32_t index = -1;
    uint32_t last = 0;
    while (store_next(RECORD_LOG_EVENT, &index, &body)) {
        uint32_t sequence = read_le32(body + LOG_EVENT_SEQUENCE_AT);
        last = sequence > last ? sequence : last;
    }
    return last + 1;
}

// The first free place of its kind, else that of the oldest event there.
static uint16_t place_for(bool is_change)
{
    const uint16_t end = is_change ? CHANGE_PLACES : RING_PLACES;
    uint16_t chosen = is_change ? 0 : CHANGE_PLACES;
    uint32_t oldest = UINT32_MAX;
    for (uint16_t place = chosen; place < end; place++) {
        const uint8_t *body = store_body(RECORD_LOG_EVENT, place);
        uint32_t sequence = body == NULL ? 0 : read_le32(body + LOG_EVENT_SEQUENCE_AT);
        if (sequence < oldest) {
            oldest = sequence;
            chosen = place;
        }
    }
    return chosen;
}

struct writer log_event(uint16_t event_code, const struct message *message, bool is_change)
{
    struct clock_reading reading = clock_now();
    uint32_t sequence = next_sequence();
    uint8_t *body = changes_put(RECORD_LOG_EVENT, place_for(is_change));
    write_le(body + LOG_EVENT_SEQUENCE_AT, sequence, 4);
    write_le(body + LOG_EVENT_EVENT_CODE_AT, event_code, 2);
    write_le(body + LOG_EVENT_MESSAGE_CODE_AT, message->code, 2);
    write_le(body + LOG_EVENT_TIME_AT, reading.seconds, 8);
    write_le(body + LOG_EVENT_COUNTER_AT, message->counter, 8);
    body[LOG_EVENT_RELIABILITY_AT] = reading.reliability;
    memcpy(body + LOG_EVENT_ORIGINATOR_AT, message->originator, LOG_EVENT_ORIGINATOR_OCTETS);
    return writer_over(body + LOG_EVENT_DETAIL_AT, LOG_EVENT_DETAIL_OCTETS);
}

void put_text(struct writer *writer, const char *text)
{
    put_octets(writer, text, strlen(text));
}

void put_number(struct writer *writer, uint32_t value, size_t digits)
{
    uint8_t text[10];
    size_t at = sizeof text;
    do {
        text[--at] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0 || at + digits > sizeof text);
    put_octets(writer, text + at, sizeof text - at);
}

void log_stored(const struct message *message, int64_t due)
{
    struct civil_time time;
    struct writer detail = log_event(EVENT_FUTURE_DATED_COMMAND_STORED, message, false);
    times_civil(due, &time);
    const uint16_t numbers[] = {time.year, time.month, time.day, time.hour, time.minute,
                                time.second};
    static const char before[] = " -- ::";
    put_text(&detail, "due");
    for (size_t i = 0; i < 6; i++) {
        put_octet(&detail, (uint8_t)before[i]);
        put_number(&detail, numbers[i], i == 0 ? 4 : 2);
    }
}

void log_cancelled(const struct message *message, bool is_reached)
{
    struct writer detail = log_event(EVENT_FUTURE_DATED_COMMAND_CANCELLED, message, false);
    put_text(&detail, is_reached ? "cancelled" : "nothing was waiting");
}
