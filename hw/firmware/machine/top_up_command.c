#include "machine/top_up_command.h"

#include "gbcs/cells.h"
#include "gbcs/dlms.h"
#include "gbcs/zcl.h"
#include "generated/layout.h"
#include "machine/authenticate.h"
#include "machine/context.h"
#include "machine/output.h"
#include "machine/respond.h"
#include "machine/state.h"
#include "machine/top_up.h"
#include "machine/top_up_cache.h"
#include "machine/uses.h"

enum { CONSUMER_TOP_UP_RESPONSE = 0x03, FROM_REMOTE = 0x00 };

// Result types of a Consumer Top Up Response.
enum {
    TOP_UP_ACCEPTED = 0x00,
    TOP_UP_INVALID = 0x01,
    TOP_UP_DUPLICATE = 0x02,
    TOP_UP_MAX_CREDIT = 0x04,
};

static SCRATCH struct access_request request;

// Top-ups have a sequence of counters of their own, of which the lower 32 bits are zero. An answer
// that was given is not given again: its key must not serve twice.
static uint8_t check_top_up_counter(uint64_t counter)
{
    if (counter > MAX_SEQ_NUMBER || (uint32_t)counter != 0) {
        return REASON_MALFORMED;
    }
    if (counter <= top_up_floor()) {
        return REASON_TOP_UP_BELOW_FLOOR;
    }
    return (top_up_flags((uint32_t)(counter >> 32)) & TOP_UP_ANSWERED) != 0
        ? REASON_DUPLICATE_TOP_UP
        : 0;
}

static uint8_t authenticate(const struct message *message, struct asker *asker)
{
    uint8_t reason = check_protection_form(message, false, true);
    if (reason == 0) {
        reason = find_asker(message, use_of(message->code), asker);
    }
    if (reason == 0) {
        reason = check_top_up_counter(message->counter);
    }
    return reason != 0 ? reason : check_mac(message);
}

// The digits that a DLMS command brings.
static bool read_access(const struct message *message, struct octets *digits)
{
    const struct access_item *item = &request.items[0];
    const struct object_name *gateway = &use_objects[OBJECT_TOKEN_GATEWAY];
    if (!access_request_decode(message->payload, message->counter, &request) || request.count != 1
        || item->kind != ACCESS_ACTION
        || !is_object(gateway, item->class_id, item->instance, item->attribute)) {
        return false;
    }
    struct octets rest = item->data;
    const uint8_t tag[] = {DLMS_OCTET_STRING};
    return axdr_expect(&rest, tag, sizeof tag) && axdr_counted(&rest, digits);
}

// The digits that a ZCL command brings.
static bool read_frame(const struct message *message, struct octets *digits)
{
    const struct object_name *command = &use_objects[OBJECT_CONSUMER_TOP_UP];
    struct zcl_frame frame;
    if (!zcl_decode(message->payload, &frame) || frame.cluster != command->interface
        || frame.control != ZCL_OF_CLUSTER || frame.command != command->attribute
        || frame.payload.length < 2 || frame.payload.at[0] != FROM_REMOTE
        || frame.payload.at[1] != frame.payload.length - 2) {
        return false;
    }
    *digits = octets_of(frame.payload.at + 2, frame.payload.length - 2);
    return true;
}

static uint8_t judge(const struct message *message, struct octets digits, struct top_up *top_up)
{
    uint8_t reason = top_up_read(digits, top_up);
    if (reason != 0) {
        return reason;
    }
    top_up->counter = message->counter;
    const uint32_t mask = (1 << UTRN_COUNTER_BITS) - 1;
    if ((top_up_counter_high(top_up) & mask) != top_up->utrn.counter) {
        return REASON_TOP_UP_OF_ANOTHER_COMMAND;
    }
    reason = top_up_authenticate(top_up);
    return reason != 0 ? reason : top_up_add(top_up);
}

static void put_access_answer(struct writer *payload, uint64_t counter, uint8_t reason)
{
    access_response_begin(payload, counter, 1);
    put_octet(payload, DLMS_NULL);
    axdr_put_length(payload, 1);
    access_response_result(payload, ACCESS_ACTION, reason == 0 ? ACCESS_DONE : ACCESS_FAILED);
}

static uint8_t result_type(uint8_t reason)
{
    switch (reason) {
    case 0:
        return TOP_UP_ACCEPTED;
    case REASON_DUPLICATE_TOP_UP:
        return TOP_UP_DUPLICATE;
    case REASON_TOP_UP_EXCEEDS_BALANCE:
        return TOP_UP_MAX_CREDIT;
    default:
        return TOP_UP_INVALID;
    }
}

static void put_frame_answer(struct writer *payload, const struct top_up *top_up, uint8_t reason)
{
    const uint8_t header[] = {ZCL_TO_CLIENT, 0, CONSUMER_TOP_UP_RESPONSE, result_type(reason)};
    uint8_t amounts[9];
    memset(amounts, 0xFF, sizeof amounts);
    amounts[4] = 0;  // source of the top-up: remote
    if (reason == 0) {
        write_le(amounts, (uint64_t)top_up->value, 4);
        write_le(amounts + 5, (uint64_t)top_up->balance, 4);
    }
    const size_t start = zcl_begin(payload, use_objects[OBJECT_CONSUMER_TOP_UP].interface);
    put_octets(payload, header, sizeof header);
    put_octets(payload, amounts, sizeof amounts);
    zcl_end(payload, start);
}

static void answer(const struct asker *asker, const struct top_up *top_up, uint8_t reason,
                   struct effects *effects)
{
    struct writer payload = respond_payload(&output);
    if (asker->use->language == LANGUAGE_DLMS) {
        put_access_answer(&payload, asker->message->counter, reason);
    } else {
        put_frame_answer(&payload, top_up, reason);
    }
    answer_asker(asker, &payload, effects);
}

// Balance and counter become durable together: apart, a power cut would give credit twice, or take
// a token for nothing.
static uint8_t credit(const struct top_up *top_up)
{
    const struct top_up_change change = {top_up_counter_high(top_up),
                                         TOP_UP_CREDITED | TOP_UP_ANSWERED, &top_up->balance};
    changes_begin();
    changes_put_top_up(&change);
    return reason_of(changes_commit());
}

uint8_t top_up(const struct message *message, struct effects *effects)
{
    struct top_up top_up;
    struct asker asker;
    struct octets digits;
    uint8_t reason = authenticate(message, &asker);
    if (reason != 0) {
        return reason;
    }
    const bool is_read = asker.use->language == LANGUAGE_DLMS ? read_access(message, &digits)
                                                              : read_frame(message, &digits);
    if (message_has_extras(message) || !is_read) {
        return refuse_top_up(message->counter, REASON_MALFORMED);
    }
    reason = judge(message, digits, &top_up);
    if (reason != 0) {
        answer(&asker, &top_up, reason, effects);
        return refuse_top_up(message->counter, reason);
    }
    reason = credit(&top_up);
    if (reason == 0) {
        answer(&asker, &top_up, 0, effects);
    }
    return reason;
}
