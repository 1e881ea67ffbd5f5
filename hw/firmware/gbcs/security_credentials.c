#include "gbcs/security_credentials.h"

bool credentials_query_cell(struct octets payload, uint16_t *cell)
{
    struct der outer = der_over(payload);
    struct der der = der_enter(&outer, DER_SEQUENCE);
    struct der inside = der_enter(&der, DER_SEQUENCE);
    *cell = cells_read_id(&inside);
    der_leave(&der, &inside);
    return !der.failed && der_finished(&outer);
}

bool credentials_query_decode(struct octets payload, struct credentials_query *query)
{
    struct der outer = der_over(payload);
    struct der der = der_enter(&outer, DER_SEQUENCE);
    struct der cell = der_enter(&der, DER_SEQUENCE);
    query->authorising_cell = cells_read_id(&cell);
    der_leave(&der, &cell);
    struct der roles = der_enter(&der, DER_SEQUENCE);
    query->count = 0;
    while (der_more(&roles)) {
        uint8_t role = cells_next_role(&roles);
        if (query->count == MAX_ROLES) {
            return false;
        }
        query->roles[query->count++] = role;
    }
    der_leave(&der, &roles);
    der_leave(&outer, &der);
    return der_finished(&outer);
}

static void put_contents(struct writer *writer, const struct cell_contents *contents)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    cells_put_usages(writer, contents->cell);
    der_put(writer, DER_OCTET_STRING, contents->identifiers, 8);
    der_put(writer, DER_OCTET_STRING, contents->identifiers + 8, 8);
    der_end(writer, start);
}

void credentials_put_role(struct writer *writer, uint8_t role, uint8_t status, uint64_t counter,
                          const struct cell_contents *cells, size_t count)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    der_put_number(writer, DER_INTEGER, role);
    der_put(writer, DER_ENUMERATED, &status, 1);
    if (status == STATUS_SUCCESS) {
        der_put_number(writer, DER_INTEGER, counter);
        size_t list = der_begin(writer, DER_SEQUENCE);
        for (size_t i = 0; i < count; i++) {
            put_contents(writer, &cells[i]);
        }
        der_end(writer, list);
    }
    der_end(writer, start);
}
