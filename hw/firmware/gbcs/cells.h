// Cell names and their DER form, which the credential use cases share.
#ifndef GBCS_CELLS_H
#define GBCS_CELLS_H

#include "gbcs/der.h"
#include "generated/tables.h"

// A cell id: role << 8 | key usage << 4 | cell usage, as the index of its record.
static inline uint16_t cell_id(uint8_t role, uint8_t key_usage, uint8_t cell_usage)
{
    return (uint16_t)(role << 8 | key_usage << 4 | cell_usage);
}

static inline uint8_t cell_role(uint16_t cell)
{
    return (uint8_t)(cell >> 8);
}

static inline uint8_t cell_key_usage(uint16_t cell)
{
    return cell >> 4 & 0xF;
}

static inline uint8_t cell_usage(uint16_t cell)
{
    return cell & 0xF;
}

enum {
    ROOT_CELL = ROLE_ROOT << 8 | KEY_USAGE_KEY_CERT_SIGN << 4,
    ACB_KEY_AGREEMENT_CELL = ROLE_ACCESS_CONTROL_BROKER << 8 | KEY_USAGE_KEY_AGREEMENT << 4,
    SUPPLIER_SIGNATURE_CELL = ROLE_SUPPLIER << 8 | KEY_USAGE_DIGITAL_SIGNATURE << 4,
    WAN_PROVIDER_SIGNATURE_CELL = ROLE_WAN_PROVIDER << 8 | KEY_USAGE_DIGITAL_SIGNATURE << 4,
    SUPPLIER_KEY_AGREEMENT_CELL = ROLE_SUPPLIER << 8 | KEY_USAGE_KEY_AGREEMENT << 4,
    SUPPLIER_PREPAYMENT_CELL = SUPPLIER_KEY_AGREEMENT_CELL | CELL_USAGE_PREPAYMENT_TOP_UP,
};

// An INTEGER that names a role; the cursor fails for another number.
uint8_t cells_next_role(struct der *der);

// The fields of a TrustAnchorCellIdentifier, up to its end; `inside` is a cursor over them.
uint16_t cells_read_id(struct der *inside);

// Key usage as a BIT STRING with that one bit, and cell usage unless it is management.
void cells_put_usages(struct writer *writer, uint16_t cell);

// A TrustAnchorCellIdentifier.
void cells_put_id(struct writer *writer, uint16_t cell);

#endif
