#include "machine/machine.h"

#include "gbcs/cells.h"
#include "gbcs/message.h"
#include "gbcs/signature_facts.h"
#include "generated/layout.h"
#include "machine/context.h"
#include "machine/dispatch.h"
#include "machine/enter_token.h"
#include "machine/output.h"
#include "machine/respond.h"
#include "machine/scheduler.h"
#include "machine/security_log.h"
#include "machine/soundness.h"
#include "machine/state.h"

static struct message received;

// A new boot number before anything is drawn: no random octets come twice.
static enum store_result count_boot(void)
{
    const uint8_t *held = store_body(RECORD_OWN_COUNTERS, 0);
    changes_begin();
    uint8_t *body = changes_put(RECORD_OWN_COUNTERS, 0);
    memcpy(body, held, BODY_OCTETS_OWN_COUNTERS);
    write_le(body + OWN_COUNTERS_BOOTS_AT, read_le32(held + OWN_COUNTERS_BOOTS_AT) + 1, 4);
    return changes_commit();
}

enum store_result machine_power_on(void)
{
    enum store_result result = store_open();
    if (result == STORE_OK && !(records_are_sound() && state_is_complete())) {
        result = STORE_ALTERED;
    }
    if (result == STORE_OK) {
        result = count_boot();
    }
    if (result == STORE_OK) {
        context_start();
        security_log_start();
        signature_facts_forget();
    }
    return result;
}

// The party that gets the alert of a refusal. A Communications Hub Function has no supplier: its
// alerts go to the Access Control Broker.
static const uint8_t *alert_recipient(void)
{
    const uint8_t *cell = state_cell(SUPPLIER_SIGNATURE_CELL);
    return cell != NULL ? cell : state_cell(ACB_KEY_AGREEMENT_CELL);
}

// Where the count has no room, spends the command at least; unspent, it has no answer.
static void refuse_uncounted(enum store_result result, struct effects *effects)
{
    bool spends = changes_begin_refusal();
    if (spends && result == STORE_FULL) {
        result = changes_commit();
    }
    if (spends && result != STORE_OK) {
        output_start(effects);
        effects->reason = reason_of(result);
    }
}

// Counts a refusal; when the count is worth a durable record, sends the alert too. An authentic
// command is spent in the same transaction: after a power cut the log does not lack the refusal of
// a command that is spent.
static void refuse(uint8_t reason, const uint8_t *originator, struct effects *effects)
{
    uint64_t counter = state_own_counter();
    uint16_t alert = 0;
    effects->reason = reason;
    changes_begin_refusal();
    if (security_log_count(reason, originator) && alert_recipient() != NULL) {
        alert = refusal_alerts[reason];
    }
    if (alert != 0) {
        changes_spend_own_counter();
    }
    enum store_result result = changes_commit();
    if (result != STORE_OK) {
        refuse_uncounted(result, effects);
    } else if (alert != 0) {
        const uint8_t *recipient = alert_recipient() + CELL_UNIQUE_ID_AT;
        output_add(effects, respond_critical_alert(&output, alert, counter, recipient));
    }
}

void machine_receive(struct octets message, struct effects *effects)
{
    output_start(effects);
    forget_refusal();
    bool is_message = message_parse(message, &received);
    uint8_t reason = is_message ? dispatch(&received, effects) : REASON_MALFORMED;
    if (reason != 0) {
        refuse(reason, is_message ? received.originator : NULL, effects);
    }
}

void machine_enter(struct octets digits, struct effects *effects)
{
    output_start(effects);
    forget_refusal();
    uint8_t reason = enter_token(digits, effects);
    if (reason != 0) {
        refuse(reason, NULL, effects);
    }
}

void machine_tick(struct effects *effects)
{
    output_start(effects);
    run_due(effects);
}
