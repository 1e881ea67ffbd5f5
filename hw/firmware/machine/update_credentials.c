#include "machine/update_credentials.h"

#include "gbcs/certificate.h"
#include "gbcs/replacement.h"
#include "gbcs/times.h"
#include "gbcs/update_credentials.h"
#include "generated/layout.h"
#include "machine/authenticate.h"
#include "machine/context.h"
#include "machine/output.h"
#include "machine/replace.h"
#include "machine/respond.h"
#include "machine/scheduler.h"
#include "machine/state.h"
#include "machine/update_checks.h"

static struct update_command command;

// Sends the response; no outcome if the command was stored or cancelled another.
static void answer(const struct message *message, const struct execution_outcome *outcome,
                   struct effects *effects)
{
    struct message plain = *message;  // of which a response about credentials repeats no extras
    struct writer payload = respond_payload(&output);
    plain.supplementary = octets_of(NULL, 0);
    update_response_put(&payload, outcome);
    output_add(effects, respond_signed(&output, &plain, &payload, true));
}

static uint8_t check_contingency(const struct message *message)
{
    uint8_t point[POINT_OCTETS];
    struct update_control *control = &command.control;
    if (!update_control_decode(message->payload, control) || control->symmetric_key.at == NULL) {
        return REASON_MALFORMED;
    }
    struct octets wrapped = state_contingency_key(state_cell(ROOT_CELL));
    if (!contingency_unwrap(wrapped, control->symmetric_key, point)) {
        return REASON_CONTINGENCY_KEY_DOES_NOT_UNWRAP;
    }
    return check_signature(message, point);
}

static uint8_t check_authorised(const struct message *message, const struct replacement_rule *rule,
                                bool is_signed)
{
    const uint8_t *cell;
    if (rule_mode(rule) == MODE_ANY_BY_CONTINGENCY) {
        return check_contingency(message);
    }
    uint16_t authorising = rule_authorising_cell(rule, state_device_type());
    uint8_t reason = check_authority(message, authorising, &cell);
    return reason != 0 || !is_signed ? reason : check_signature(message, cell + CELL_PUBLIC_KEY_AT);
}

static uint8_t authenticate(const struct message *message, const struct replacement_rule *rule)
{
    bool is_signed = rule_is_signed(rule, state_device_type());
    uint8_t reason = check_protection_form(message, is_signed, rule->is_maced);
    if (reason == 0) {
        reason = check_counter(message, rule->authorising_role);
    }
    if (reason == 0) {
        reason = check_authorised(message, rule, is_signed);
    }
    if (reason == 0 && rule->is_maced) {
        reason = check_mac(message);
    }
    return reason;
}

// Refuses an authentic command of which nothing is carried out, and answers it with one status for
// all cells; the refusal spends it before the answer leaves. Returns `reason`.
static uint8_t refuse_every_cell(const struct message *message, uint8_t role, uint8_t reason,
                                 uint8_t status, struct effects *effects)
{
    struct execution_outcome outcome;
    outcome_of_every_cell(&command, status, &outcome);
    answer(message, &outcome, effects);
    return refuse_authentic(role, message->counter, reason);
}

// Reads an authentic command; one that is not to be carried out is spent too, and answered if it
// can be read.
static uint8_t accept(const struct message *message, const struct replacement_rule *rule,
                      struct effects *effects)
{
    if (!update_command_decode(message->payload, &command)) {
        return refuse_authentic(rule->authorising_role, message->counter, REASON_MALFORMED);
    }
    const uint8_t role = rule->authorising_role;
    uint8_t reason = check_update(message, &command, rule);
    return reason == 0 ? 0 : refuse_every_cell(message, role, reason, STATUS_OTHER, effects);
}

static uint8_t for_later(const struct message *message, const struct replacement_rule *rule,
                         struct effects *effects)
{
    uint8_t status;
    uint8_t reason = store_for_later(message, &command, &status);
    if (reason == 0) {
        answer(message, NULL, effects);
    } else if (reason == REASON_NO_ROOM) {
        return refuse_every_cell(message, rule->authorising_role, reason, status, effects);
    }
    return reason;
}

uint8_t update_credentials(const struct message *message, struct effects *effects)
{
    struct execution_outcome outcome;
    const struct replacement_rule *rule = rule_of_code(message->code);
    uint8_t reason = authenticate(message, rule);
    if (reason == 0) {
        reason = accept(message, rule, effects);
    }
    if (reason != 0) {
        return reason;
    }
    bool is_cancellation = command.has_execution && command.execution == TIMES_NEVER;
    if (command.has_execution && !is_cancellation) {
        return for_later(message, rule, effects);
    }
    reason = is_cancellation
        ? cancel(message, &command)
        : reason_of(execute(message, &command, NOT_WAITING, &outcome));
    if (reason == 0) {
        answer(message, is_cancellation ? NULL : &outcome, effects);
    }
    return reason;
}
