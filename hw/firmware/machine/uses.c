#include "machine/uses.h"

#include "generated/layout.h"
#include "machine/access.h"
#include "machine/authenticate.h"
#include "machine/clusters.h"
#include "machine/context.h"
#include "machine/output.h"
#include "machine/respond.h"
#include "machine/state.h"

uint8_t authenticate_asker(const struct message *message, struct asker *asker)
{
    const struct use *use = use_of(message->code);
    uint8_t reason = check_protection_form(message, use->is_signed, true);
    if (reason == 0) {
        reason = find_asker(message, use, asker);
    }
    if (reason == 0) {
        reason = check_counter(message, asker->role);
    }
    if (reason == 0 && use->is_signed) {
        reason = check_signature(message, state_cell(asker->cell) + CELL_PUBLIC_KEY_AT);
    }
    return reason != 0 ? reason : check_mac(message);
}

void answer_asker(const struct asker *asker, const struct writer *payload,
                  struct effects *effects)
{
    const bool is_stamped = asker->use->is_stamped;
    uint8_t secret[SECRET_OCTETS];
    if (asker->use->is_signed) {
        output_add(effects, respond_signed(&output, asker->message, payload, is_stamped));
    } else if (secret_with(state_cell(asker->cell) + CELL_PUBLIC_KEY_AT, secret)) {
        output_add(effects, respond_maced(&output, asker->message, payload, secret, is_stamped));
        crypto_wipe(secret, sizeof secret);
    }
}

// A request for more values than a message can bring is malformed: none of them is answered.
static bool is_bounded(const struct writer *payload)
{
    return !payload->overflowed && payload->length <= MAX_ANSWER_PAYLOAD_OCTETS;
}

uint8_t carry_out_use(const struct message *message, struct effects *effects)
{
    struct asker asker;
    uint8_t reason = authenticate_asker(message, &asker);
    if (reason != 0) {
        return reason;
    }
    if (!header_fits(&asker)) {
        return refuse_authentic(asker.role, message->counter, REASON_MALFORMED);
    }
    struct writer payload = respond_payload(&output);
    changes_begin();
    changes_advance(asker.role, message->counter);
    const bool is_read = asker.use->language == LANGUAGE_DLMS ? access_objects(&asker, &payload)
                                                              : use_clusters(&asker, &payload);
    if (!is_read || !is_bounded(&payload)) {
        return refuse_authentic(asker.role, message->counter, REASON_MALFORMED);
    }
    // Durable before the answer: its key depends on the counter, and must not serve twice.
    reason = reason_of(changes_commit());
    if (reason == 0) {
        answer_asker(&asker, &payload, effects);
    }
    return reason;
}
