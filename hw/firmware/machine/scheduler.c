#include "machine/scheduler.h"

#include "crypto/crypto.h"
#include "gbcs/replacement.h"
#include "generated/layout.h"
#include "machine/activate_firmware.h"
#include "machine/clock.h"
#include "machine/context.h"
#include "machine/output.h"
#include "machine/replace.h"
#include "machine/respond.h"
#include "machine/security_log.h"
#include "machine/state.h"

// The octets of a command that has fallen due.
static SCRATCH uint8_t waited[MAX_MESSAGE_OCTETS];
static struct message message_due;
static struct update_command command_due;

enum { ACTIVATION_PLACE = FORMAT_PENDING_PLACES };

// In the order in which waiting commands are carried out.
struct turn {
    uint64_t due;
    uint64_t counter;
    int32_t place;
};

static bool is_before(const struct turn *one, const struct turn *other)
{
    if (one->due != other->due) {
        return one->due < other->due;
    }
    return one->counter != other->counter ? one->counter < other->counter
                                          : one->place < other->place;
}

static bool is_due(const uint8_t *body)
{
    return clock_has_reached(read_le64(body + PENDING_COMMAND_DUE_AT));
}

// Whether a command that waits is one that this one supersedes: of the same originator and mode.
// Nothing authenticates the originator of a contingency command: all of them share one place. One
// that is due is as good as done: what happens must not depend on when a tick comes.
static bool is_superseded(const uint8_t *waiting, const struct message *message)
{
    return !is_due(waiting)
        && read_le16(waiting + PENDING_COMMAND_MESSAGE_CODE_AT) == message->code
        && (message->code == replacement_rules[MODE_ANY_BY_CONTINGENCY].code
            || memcmp(waiting + PENDING_COMMAND_ORIGINATOR_AT, message->originator,
                      ENTITY_OCTETS) == 0);
}

// The place of the next command after `place` that this one supersedes, or NOT_WAITING.
static int32_t next_superseded(const struct message *message, int32_t place)
{
    const uint8_t *body;
    while (store_next(RECORD_PENDING_COMMAND, &place, &body)) {
        if (is_superseded(body, message)) {
            return place;
        }
    }
    return NOT_WAITING;
}

static int32_t free_place(void)
{
    for (int32_t place = 0; place < PENDING_PLACES; place++) {
        if (store_body(RECORD_PENDING_COMMAND, (uint16_t)place) == NULL) {
            return place;
        }
    }
    return NOT_WAITING;
}

// There is one at the most, but in an image that kept contingency commands by their originator.
static void spend_and_supersede(const struct message *message,
                                const struct update_command *command)
{
    int32_t place = -1;
    changes_begin();
    changes_advance(replacement_rules[command->control.mode].authorising_role, message->counter);
    while ((place = next_superseded(message, place)) != NOT_WAITING) {
        changes_remove_command(place);
    }
}

static void put_command(const struct message *message, uint64_t due, int32_t place)
{
    struct octets rest = message->octets;
    for (int32_t number = 0; rest.length > 0; number++) {
        size_t length = rest.length < MAX_CHUNK_OCTETS ? rest.length : MAX_CHUNK_OCTETS;
        uint8_t *chunk = changes_put(RECORD_PENDING_CHUNK, (uint16_t)(place << 8 | number));
        write_le(chunk + PENDING_CHUNK_LENGTH_AT, length, 2);
        memcpy(chunk + PENDING_CHUNK_OCTETS_AT, rest.at, length);
        rest = octets_of(rest.at + length, rest.length - length);
    }
    uint8_t *body = changes_put(RECORD_PENDING_COMMAND, (uint16_t)place);
    write_le(body + PENDING_COMMAND_DUE_AT, due, 8);
    write_le(body + PENDING_COMMAND_COUNTER_AT, message->counter, 8);
    memcpy(body + PENDING_COMMAND_ORIGINATOR_AT, message->originator, ENTITY_OCTETS);
    write_le(body + PENDING_COMMAND_MESSAGE_CODE_AT, message->code, 2);
    write_le(body + PENDING_COMMAND_LENGTH_AT, message->octets.length, 2);
    crypto_sha256(message->octets, body + PENDING_COMMAND_DIGEST_AT);
}

uint8_t store_for_later(const struct message *message, const struct update_command *command,
                        uint8_t *status)
{
    int32_t replaced = next_superseded(message, -1);
    int32_t place = replaced != NOT_WAITING ? replaced : free_place();
    if (place == NOT_WAITING) {
        *status = STATUS_RESOURCES_BUSY;
        return REASON_NO_ROOM;
    }
    spend_and_supersede(message, command);
    put_command(message, command->execution < 0 ? 0 : (uint64_t)command->execution, place);
    log_stored(message, command->execution);
    *status = STATUS_INSUFFICIENT_MEMORY;
    return reason_of(changes_commit());
}

uint8_t cancel(const struct message *message, const struct update_command *command)
{
    bool is_reached = next_superseded(message, -1) != NOT_WAITING;
    spend_and_supersede(message, command);
    log_cancelled(message, is_reached);
    uint8_t reason = reason_of(changes_commit());
    if (reason == REASON_NO_ROOM) {
        uint8_t role = replacement_rules[command->control.mode].authorising_role;
        return refuse_authentic(role, message->counter, reason);
    }
    return reason;
}

// The command in a place, put together again; false if it is not what was authenticated.
static bool read_waiting(int32_t place)
{
    struct writer writer = writer_over(waited, sizeof waited);
    const uint8_t *chunk;
    uint8_t digest[DIGEST_OCTETS];
    int32_t index = (place << 8) - 1;
    while (store_next(RECORD_PENDING_CHUNK, &index, &chunk) && index >> 8 == place) {
        put_octets(&writer, chunk + PENDING_CHUNK_OCTETS_AT,
                   read_le16(chunk + PENDING_CHUNK_LENGTH_AT));
    }
    const uint8_t *body = store_body(RECORD_PENDING_COMMAND, (uint16_t)place);
    crypto_sha256(written(&writer), digest);
    return memcmp(digest, body + PENDING_COMMAND_DIGEST_AT, DIGEST_OCTETS) == 0
        && message_parse(written(&writer), &message_due)
        && update_command_decode(message_due.payload, &command_due);
}

static uint8_t run(int32_t place, struct effects *effects)
{
    struct execution_outcome outcome;
    uint16_t alert = ALERT_FUTURE_DATED_COMMAND_ACTIONED;
    if (!read_waiting(place)) {
        return REASON_STORAGE_FAILED;
    }
    uint64_t counter = state_own_counter();
    uint8_t reason = reason_of(execute(&message_due, &command_due, place, &outcome));
    if (reason != 0) {
        return reason;
    }
    for (size_t i = 0; i < outcome.count; i++) {
        if (outcome.outcomes[i].status != STATUS_SUCCESS) {
            alert = ALERT_FUTURE_DATED_COMMAND_NOT_ACTIONED;
        }
    }
    struct writer payload = respond_payload(&output);
    update_alert_put(&payload, alert, command_due.execution, &outcome);
    output_add(effects, respond_alert(&output, future_dated_alert(message_due.code), counter,
                                      message_due.originator, &payload));
    return 0;
}

// An activation of firmware that waits has its turn behind the updates of the same time and counter.
static bool find_activation(struct turn *turn)
{
    const uint8_t *body = store_body(RECORD_ACTIVATION, 0);
    if (body == NULL || !clock_has_reached(read_le64(body + ACTIVATION_DUE_AT))) {
        return false;
    }
    *turn = (struct turn){read_le64(body + ACTIVATION_DUE_AT),
                          read_le64(body + ACTIVATION_COUNTER_AT), ACTIVATION_PLACE};
    return true;
}

// The next command after `last` that is due; false if there is none.
static bool find_due(const struct turn *last, struct turn *next)
{
    const uint8_t *body;
    struct turn turn = {0, 0, -1};
    bool found = find_activation(next) && is_before(last, next);
    while (store_next(RECORD_PENDING_COMMAND, &turn.place, &body)) {
        turn.due = read_le64(body + PENDING_COMMAND_DUE_AT);
        turn.counter = read_le64(body + PENDING_COMMAND_COUNTER_AT);
        if (is_due(body) && is_before(last, &turn) && (!found || is_before(&turn, next))) {
            *next = turn;
            found = true;
        }
    }
    return found;
}

void run_due(struct effects *effects)
{
    struct turn turn = {0, 0, -1}, next;
    // One that the command before has made void is not there any more.
    while (effects->reason == 0 && find_due(&turn, &next)) {
        turn = next;
        effects->reason = turn.place == ACTIVATION_PLACE ? run_activation(effects)
                                                         : run(turn.place, effects);
        crypto_wipe(waited, sizeof waited);  // it may have brought the symmetric key
    }
}
