#include "machine/activate_firmware.h"

#include "gbcs/activation.h"
#include "gbcs/cells.h"
#include "gbcs/times.h"
#include "generated/layout.h"
#include "machine/clock.h"
#include "machine/context.h"
#include "machine/meter.h"
#include "machine/output.h"
#include "machine/respond.h"
#include "machine/security_log.h"
#include "machine/state.h"
#include "machine/uses.h"

// What the firmware is after an activation; the version that runs is copied, for a commit moves
// what is stored.
struct activated {
    uint8_t code;
    uint8_t version[FIRMWARE_VERSION_OCTETS];
};

static const uint8_t *waiting(void)
{
    return store_body(RECORD_ACTIVATION, 0);
}

static uint8_t code_for(const uint8_t *image_hash)
{
    const uint8_t *meter = state_meter();
    if (meter[METER_IMAGE_HELD_AT] == 0) {
        return ACTIVATION_NO_IMAGE;
    }
    return memcmp(meter + METER_IMAGE_HASH_AT, image_hash, IMAGE_HASH_OCTETS) == 0
        ? ACTIVATION_SUCCESS
        : ACTIVATION_HASH_MISMATCH;
}

// Adds to the changes that the image runs, and is held no more.
static void put_activated(const uint8_t *image_hash, struct activated *activated)
{
    activated->code = code_for(image_hash);
    memcpy(activated->version, state_meter() + METER_FIRMWARE_VERSION_AT,
           FIRMWARE_VERSION_OCTETS);
    if (activated->code == ACTIVATION_SUCCESS) {
        uint8_t *meter = changes_put_meter();
        memcpy(activated->version, meter + METER_IMAGE_VERSION_AT, FIRMWARE_VERSION_OCTETS);
        memcpy(meter + METER_FIRMWARE_VERSION_AT, activated->version, FIRMWARE_VERSION_OCTETS);
        memset(meter + METER_IMAGE_VERSION_AT, 0, METER_IMAGE_VERSION_OCTETS);
        memset(meter + METER_IMAGE_HASH_AT, 0, METER_IMAGE_HASH_OCTETS);
        meter[METER_IMAGE_HELD_AT] = 0;
    }
}

static void log_activated(const struct message *message, const struct activated *activated)
{
    static const char digits[] = "0123456789abcdef";
    struct writer detail = log_event(EVENT_FIRMWARE_ACTIVATED, message, false);
    put_text(&detail, "code ");
    put_number(&detail, activated->code, 1);
    put_text(&detail, ", ");
    for (size_t i = 0; i < 2 * FIRMWARE_VERSION_OCTETS; i++) {
        put_octet(&detail, (uint8_t)digits[activated->version[i / 2] >> (i % 2 ? 0 : 4) & 0xF]);
    }
}

static uint8_t activate(const struct asker *asker, const struct activation *activation,
                        struct activated *activated)
{
    changes_begin();
    changes_advance(asker->role, asker->message->counter);
    put_activated(activation->image_hash, activated);
    log_activated(asker->message, activated);
    return reason_of(changes_commit());
}

static uint8_t cancel(const struct asker *asker)
{
    const uint8_t *body = waiting();
    const bool is_reached = body != NULL && !clock_has_reached(read_le64(body + ACTIVATION_DUE_AT));
    changes_begin();
    changes_advance(asker->role, asker->message->counter);
    if (is_reached) {
        changes_remove(RECORD_ACTIVATION, 0);
    }
    log_cancelled(asker->message, is_reached);
    return reason_of(changes_commit());
}

// One that is due is as good as done, and gives its place up only when it is.
static uint8_t store(const struct asker *asker, const struct activation *activation)
{
    const uint8_t *body = waiting();
    if (body != NULL && clock_has_reached(read_le64(body + ACTIVATION_DUE_AT))) {
        return REASON_NO_ROOM;
    }
    const uint64_t due = activation->execution < 0 ? 0 : (uint64_t)activation->execution;
    changes_begin();
    changes_advance(asker->role, asker->message->counter);
    uint8_t *put = changes_put(RECORD_ACTIVATION, 0);
    write_le(put + ACTIVATION_DUE_AT, due, ACTIVATION_DUE_OCTETS);
    write_le(put + ACTIVATION_COUNTER_AT, asker->message->counter, ACTIVATION_COUNTER_OCTETS);
    memcpy(put + ACTIVATION_ORIGINATOR_AT, asker->message->originator, ENTITY_OCTETS);
    memcpy(put + ACTIVATION_IMAGE_HASH_AT, activation->image_hash, IMAGE_HASH_OCTETS);
    log_stored(asker->message, activation->execution);
    return reason_of(changes_commit());
}

static void answer(const struct asker *asker, const struct activated *activated,
                   struct effects *effects)
{
    struct writer payload = respond_payload(&output);
    struct activation_outcome outcome;
    if (activated != NULL) {
        outcome = (struct activation_outcome){activated->code, activated->version};
    }
    activation_response_put(&payload, activated != NULL ? &outcome : NULL);
    answer_asker(asker, &payload, effects);
}

uint8_t activate_firmware(const struct message *message, struct effects *effects)
{
    struct asker asker;
    struct activation activation;
    struct activated activated;
    uint8_t reason = authenticate_asker(message, &asker);
    if (reason != 0) {
        return reason;
    }
    if (message_has_extras(message) || !activation_decode(message->payload, &activation)
        || activation.counter != message->counter) {
        return refuse_authentic(asker.role, message->counter, REASON_MALFORMED);
    }
    const bool is_now = !activation.has_execution;
    if (is_now) {
        reason = activate(&asker, &activation, &activated);
    } else {
        reason = activation.execution == TIMES_NEVER ? cancel(&asker)
                                                     : store(&asker, &activation);
    }
    if (reason == REASON_NO_ROOM) {
        return refuse_authentic(asker.role, message->counter, reason);
    }
    if (reason == 0) {
        answer(&asker, is_now ? &activated : NULL, effects);
    }
    return reason;
}

static void tell(const struct activation *activation, const struct activated *activated,
                 uint64_t counter, const uint8_t *recipient, struct effects *effects)
{
    const struct activation_outcome outcome = {activated->code, activated->version};
    const uint16_t alert = activated->code == ACTIVATION_SUCCESS
        ? ALERT_FUTURE_DATED_COMMAND_ACTIONED
        : ALERT_FUTURE_DATED_COMMAND_NOT_ACTIONED;
    struct writer payload = respond_payload(&output);
    activation_alert_put(&payload, alert, activation, &outcome);
    output_add(effects, respond_alert(&output, CODE_CS06_FUTURE_DATED_ALERT, counter, recipient,
                                      &payload));
}

uint8_t run_activation(struct effects *effects)
{
    const uint8_t *body = waiting();
    uint8_t originator[ENTITY_OCTETS];
    struct activated activated;
    memcpy(originator, body + ACTIVATION_ORIGINATOR_AT, sizeof originator);
    const struct activation activation = {
        .counter = read_le64(body + ACTIVATION_COUNTER_AT),
        .has_execution = true,
        .execution = (int64_t)read_le64(body + ACTIVATION_DUE_AT),
    };
    const struct message command = {
        .counter = activation.counter, .originator = originator, .code = CODE_CS06,
    };
    const uint64_t counter = state_own_counter();
    changes_begin();
    put_activated(body + ACTIVATION_IMAGE_HASH_AT, &activated);
    changes_remove(RECORD_ACTIVATION, 0);
    log_activated(&command, &activated);
    changes_spend_own_counter();
    const uint8_t reason = reason_of(changes_commit());
    if (reason == 0) {
        tell(&activation, &activated, counter, originator, effects);
    }
    return reason;
}
