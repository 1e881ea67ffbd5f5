#include "machine/asker.h"

#include "gbcs/cells.h"
#include "generated/layout.h"
#include "generated/machine_tables.h"
#include "machine/authenticate.h"
#include "machine/context.h"
#include "machine/state.h"

uint8_t find_asker(const struct message *message, const struct use *use, struct asker *asker)
{
    const uint8_t key_usage =
        use->is_signed ? KEY_USAGE_DIGITAL_SIGNATURE : KEY_USAGE_KEY_AGREEMENT;
    const uint8_t *body;
    for (size_t i = 0; i < USE_ASKERS && use->askers[i] != ROLE_NONE; i++) {
        const uint8_t role = use->askers[i];
        const uint16_t cell = cell_id(role, key_usage, CELL_USAGE_MANAGEMENT);
        if (check_authority(message, cell, &body) == 0) {
            *asker = (struct asker){message, use, role, cell};
            return 0;
        }
    }
    return REASON_NO_AUTHORITY;
}

// A party, with or without the counter that it asked under.
static bool names_party(struct octets supplementary)
{
    return supplementary.length == ENTITY_OCTETS || supplementary.length == 2 * ENTITY_OCTETS;
}

bool header_fits(const struct asker *asker)
{
    const struct octets supplementary = asker->message->supplementary;
    return asker->message->date_time.length == 0
        && (supplementary.length == 0
            || (asker->role == ROLE_ACCESS_CONTROL_BROKER && names_party(supplementary)));
}

// The key agreement cell of a party that readings are for; NULL if it has none here.
static const uint8_t *cell_of_party(const uint8_t *party)
{
    static const uint16_t cells[] = {
        SUPPLIER_KEY_AGREEMENT_CELL,
        ROLE_NETWORK_OPERATOR << 8 | KEY_USAGE_KEY_AGREEMENT << 4,
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        const uint8_t *body = state_cell(cells[i]);
        if (body != NULL && memcmp(body + CELL_UNIQUE_ID_AT, party, CELL_UNIQUE_ID_OCTETS) == 0) {
            return body;
        }
    }
    return NULL;
}

bool reader_of(const struct asker *asker, struct key_use *use, uint8_t secret[SECRET_OCTETS])
{
    const struct message *message = asker->message;
    const uint8_t *cell = message->supplementary.length > 0
        ? cell_of_party(message->supplementary.at)
        : state_cell(asker->cell);
    if (cell == NULL) {
        return false;
    }
    *use = (struct key_use){message->target, PURPOSE_ENCRYPTION, message->counter,
                            cell + CELL_UNIQUE_ID_AT};
    return secret_with(cell + CELL_PUBLIC_KEY_AT, secret);
}
