#include "gbcs/cells.h"

uint8_t cells_next_role(struct der *der)
{
    uint64_t role = der_next_number(der, DER_INTEGER);
    if (role > ROLE_LOAD_CONTROLLER && role != ROLE_OTHER) {
        der->failed = true;
    }
    return (uint8_t)role;
}

// The content of the BIT STRING with one of the three bits that a cell's key usage has.
static void usage_bits(uint8_t key_usage, uint8_t content[2])
{
    content[0] = (uint8_t)(7 - key_usage);
    content[1] = (uint8_t)(0x80 >> key_usage);
}

static uint8_t next_key_usage(struct der *inside)
{
    static const uint8_t usages[] = {
        KEY_USAGE_DIGITAL_SIGNATURE, KEY_USAGE_KEY_AGREEMENT, KEY_USAGE_KEY_CERT_SIGN,
    };
    struct octets bits = der_next(inside, DER_BIT_STRING);
    for (size_t i = 0; i < sizeof usages; i++) {
        uint8_t content[2];
        usage_bits(usages[i], content);
        if (octets_equal(bits, octets_of(content, sizeof content))) {
            return usages[i];
        }
    }
    inside->failed = true;
    return 0;
}

uint16_t cells_read_id(struct der *inside)
{
    uint8_t role = cells_next_role(inside);
    uint8_t key_usage = next_key_usage(inside);
    uint8_t usage = CELL_USAGE_MANAGEMENT;
    if (der_more(inside)) {
        // Management is the DEFAULT, which DER does not encode (X.690 11.5).
        usage = CELL_USAGE_PREPAYMENT_TOP_UP;
        if (der_next_number(inside, DER_INTEGER) != CELL_USAGE_PREPAYMENT_TOP_UP) {
            inside->failed = true;
        }
    }
    return cell_id(role, key_usage, usage);
}

void cells_put_usages(struct writer *writer, uint16_t cell)
{
    uint8_t content[2];
    usage_bits(cell_key_usage(cell), content);
    der_put(writer, DER_BIT_STRING, content, sizeof content);
    if (cell_usage(cell) != CELL_USAGE_MANAGEMENT) {
        der_put_number(writer, DER_INTEGER, cell_usage(cell));
    }
}

void cells_put_id(struct writer *writer, uint16_t cell)
{
    size_t start = der_begin(writer, DER_SEQUENCE);
    der_put_number(writer, DER_INTEGER, cell_role(cell));
    cells_put_usages(writer, cell);
    der_end(writer, start);
}
