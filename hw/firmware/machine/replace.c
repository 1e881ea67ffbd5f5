#include "machine/replace.h"

#include "gbcs/replacement.h"
#include "generated/layout.h"
#include "generated/machine_tables.h"
#include "machine/floors.h"
#include "machine/judge.h"
#include "machine/retired_keys.h"
#include "machine/security_log.h"
#include "machine/state.h"

static struct replacement_outcome outcomes[MAX_REPLACEMENTS];
static struct rekeyed rekeyed;
// Whether the command renews the contingency key, which is what authorises for the root cell.
static bool renews_contingency_key;
static bool changes_a_cell;  // whether any cell will hold another record than now

static void describe(const struct update_command *command, struct execution_outcome *outcome)
{
    uint8_t mode = command->control.mode;
    outcome->control = &command->control;
    outcome->mode = mode;
    outcome->authorising_role = replacement_rules[mode].authorising_role;
    outcome->count = command->count;
    outcome->outcomes = outcomes;
}

// What a cell holds before the command, as before and after it.
static void describe_cell(struct replacement_outcome *outcome, uint16_t cell, uint8_t status)
{
    const uint8_t *held = state_cell(cell);
    memset(outcome, 0, sizeof *outcome);
    outcome->cell = cell;
    outcome->status = status;
    if (held != NULL) {
        memcpy(outcome->existing, held + CELL_UNIQUE_ID_AT, IDENTIFIERS_OCTETS);
        memcpy(outcome->replacing, outcome->existing, IDENTIFIERS_OCTETS);
    }
}

void outcome_of_every_cell(const struct update_command *command, uint8_t status,
                           struct execution_outcome *outcome)
{
    for (size_t i = 0; i < command->count; i++) {
        describe_cell(&outcomes[i], command->replacements[i].cell, status);
    }
    describe(command, outcome);
}

static void put_root_extras(uint8_t *body, const struct certificate *certificate)
{
    struct octets subject = certificate->subject, wrapped = certificate->wrapped_contingency_key;
    write_le(body + ROOT_SUBJECT_NAME_LENGTH_AT, subject.length, 2);
    memcpy(body + ROOT_SUBJECT_NAME_AT, subject.at, subject.length);
    write_le(body + ROOT_WRAPPED_CONTINGENCY_KEY_LENGTH_AT, wrapped.length, 2);
    if (wrapped.length > 0) {
        memcpy(body + ROOT_WRAPPED_CONTINGENCY_KEY_AT, wrapped.at, wrapped.length);
    }
}

// Stores the certificate's key in its cell; a root cell reports a subject of zeros.
static const uint8_t *put_cell(uint16_t cell, const struct certificate *certificate)
{
    bool is_root = cell == ROOT_CELL;
    uint8_t *body = changes_put(is_root ? RECORD_ROOT : RECORD_CELL, cell);
    body[CELL_ROLE_AT] = cell_role(cell);
    body[CELL_KEY_USAGE_AT] = cell_key_usage(cell);
    body[CELL_CELL_USAGE_AT] = cell_usage(cell);
    memcpy(body + CELL_KEY_IDENTIFIER_AT, certificate->key_identifier.at,
           CELL_KEY_IDENTIFIER_OCTETS);
    memcpy(body + CELL_PUBLIC_KEY_AT, certificate->public_key, CELL_PUBLIC_KEY_OCTETS);
    crypto_sha256(certificate->octets, body + CELL_CERTIFICATE_DIGEST_AT);
    if (is_root) {
        put_root_extras(body, certificate);
    } else {
        memcpy(body + CELL_UNIQUE_ID_AT, certificate->unique_id, CELL_UNIQUE_ID_OCTETS);
    }
    return body;
}

static void replace(const struct replacement *replacement, struct replacement_outcome *outcome)
{
    const struct certificate *certificate;
    uint16_t cell = replacement->cell;
    uint8_t status = judge_replacement(replacement, &certificate);
    describe_cell(outcome, cell, status);
    if (status != STATUS_SUCCESS) {
        return;
    }
    const uint8_t *body = put_cell(cell, certificate);
    size_t octets = cell == ROOT_CELL ? BODY_OCTETS_ROOT : BODY_OCTETS_CELL;
    changes_a_cell |= memcmp(body, state_cell(cell), octets) != 0;
    memcpy(outcome->replacing, body + CELL_UNIQUE_ID_AT, IDENTIFIERS_OCTETS);
    if (memcmp(body + CELL_PUBLIC_KEY_AT, state_cell(cell) + CELL_PUBLIC_KEY_AT,
               CELL_PUBLIC_KEY_OCTETS) != 0) {
        rekeyed.public_keys[rekeyed.count] = body + CELL_PUBLIC_KEY_AT;
        rekeyed.cells[rekeyed.count++] = cell;
    }
    if (cell == ROOT_CELL) {
        renews_contingency_key =
            !octets_equal(state_contingency_key(state_cell(cell)), state_contingency_key(body));
    }
}

void changes_remove_command(int place)
{
    const uint8_t *body;
    int32_t index = (place << 8) - 1;
    changes_remove(RECORD_PENDING_COMMAND, (uint16_t)place);
    while (store_next(RECORD_PENDING_CHUNK, &index, &body) && index >> 8 == place) {
        changes_remove(RECORD_PENDING_CHUNK, (uint16_t)index);
    }
}

// Whether the key that authorises by this cell is taken away.
static bool is_taken_away(uint16_t cell)
{
    return is_rekeyed(&rekeyed, cell) || (cell == ROOT_CELL && renews_contingency_key);
}

// Removes the waiting commands whose authorising key this command takes away: otherwise
// an attacker who held that key could still change cells after the key is gone. Returns how many.
static uint32_t remove_void(const struct message *message)
{
    const uint8_t *body;
    int32_t place = -1;
    uint32_t count = 0;
    while (store_next(RECORD_PENDING_COMMAND, &place, &body)) {
        const struct replacement_rule *rule =
            rule_of_code(read_le16(body + PENDING_COMMAND_MESSAGE_CODE_AT));
        bool is_itself = read_le64(body + PENDING_COMMAND_COUNTER_AT) == message->counter
            && memcmp(body + PENDING_COMMAND_ORIGINATOR_AT, message->originator,
                      ENTITY_OCTETS) == 0;
        if (rule != NULL && !is_itself
            && is_taken_away(rule_authorising_cell(rule, state_device_type()))) {
            changes_remove_command(place);
            count++;
        }
    }
    if (store_body(RECORD_ACTIVATION, 0) != NULL
        && (is_rekeyed(&rekeyed, SUPPLIER_SIGNATURE_CELL)
            || is_rekeyed(&rekeyed, WAN_PROVIDER_SIGNATURE_CELL))) {
        changes_remove(RECORD_ACTIVATION, 0);
        count++;
    }
    return count;
}

static void log_update(const struct message *message, const struct update_command *command,
                       uint32_t accepted, uint32_t voided)
{
    struct writer detail = log_event(EVENT_UPDATE_SECURITY_CREDENTIALS, message, changes_a_cell);
    put_text(&detail, "mode ");
    put_number(&detail, command->control.mode, 1);
    put_text(&detail, ": ");
    put_number(&detail, accepted, 1);
    put_text(&detail, " of ");
    put_number(&detail, (uint32_t)command->count, 1);
    put_text(&detail, " cells");
    if (voided > 0) {
        put_text(&detail, "; ");
        put_number(&detail, voided, 1);
        put_text(&detail, " void");
    }
}

// What a command does that has waited.
static void finish_waiting(int place)
{
    if (place != NOT_WAITING) {
        changes_spend_own_counter();
        changes_remove_command(place);
    }
}

static void nothing_stored(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct replacement_outcome *outcome = &outcomes[i];
        if (outcome->status == STATUS_SUCCESS) {
            outcome->status = STATUS_INSUFFICIENT_MEMORY;
        }
        memcpy(outcome->replacing, outcome->existing, IDENTIFIERS_OCTETS);
    }
}

enum store_result execute(const struct message *message, const struct update_command *command,
                          int place, struct execution_outcome *outcome)
{
    const struct replacement_rule *rule = &replacement_rules[command->control.mode];
    uint32_t accepted = 0;
    rekeyed.count = 0;
    renews_contingency_key = false;
    changes_a_cell = false;
    changes_begin();
    judge_begin(command, rule);
    for (size_t i = 0; i < command->count; i++) {
        replace(&command->replacements[i], &outcomes[i]);
        accepted += outcomes[i].status == STATUS_SUCCESS;
    }
    describe(command, outcome);
    uint32_t voided = remove_void(message);
    changes_put_retired_keys(&rekeyed, rule->authorising_role, message->counter);
    changes_put_floors(&command->control, rule, &rekeyed);
    log_update(message, command, accepted, voided);
    finish_waiting(place);
    enum store_result result = changes_commit();
    if (result != STORE_FULL) {
        return result;
    }
    changes_begin();
    changes_advance(rule->authorising_role, message->counter);
    finish_waiting(place);
    nothing_stored(command->count);
    return changes_commit();
}
