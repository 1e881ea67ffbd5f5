#include "gbcs/utrn.h"

#include "gbcs/protection.h"
#include "generated/tables.h"

enum { FIRST_STEP = 4, STEPS = 8 };

#define UTRN_OFFSET UINT64_C(7394156990786306048)

// The fields of a token, its MAC apart; no bit above the counter is set.
enum { LEADING_SHIFT = 25, COUNTER_SHIFT = 15, CLASS_SHIFT = 13, VALUE_MASK = 0x1FFF };

// The products of the dihedral group of ten elements: 0 to 4 turn, 5 to 9 mirror.
static uint8_t product(uint8_t left, uint8_t right)
{
    const bool is_mirrored = left >= 5;
    const uint8_t turns = (uint8_t)(left % 5 + (is_mirrored ? 5 - right % 5 : right % 5));
    return (uint8_t)(turns % 5 + (is_mirrored != (right >= 5) ? 5 : 0));
}

// A variant of Verhoeff's: the permutation is applied as often as the step says, which begins at 4,
// and the sum goes through a table that is not the group's inverse.
static uint8_t check_digit(const uint8_t *digits, size_t count)
{
    static const uint8_t permutation[10] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    static const uint8_t last[10] = {1, 2, 6, 7, 5, 8, 3, 0, 9, 4};
    uint8_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t digit = (uint8_t)(digits[i] - '0');
        for (size_t step = (FIRST_STEP + i) % STEPS; step > 0; step--) {
            digit = permutation[digit];
        }
        sum = product(sum, digit);
    }
    return (uint8_t)('0' + last[sum]);
}

bool utrn_read(const uint8_t digits[UTRN_DIGITS], struct utrn *utrn)
{
    uint64_t number = 0;
    for (size_t i = 0; i < UTRN_DIGITS; i++) {
        if (digits[i] < '0' || digits[i] > '9') {
            return false;
        }
        if (i < UTRN_DIGITS - 1) {  // 19 digits fit 64 bits
            number = number * 10 + (uint64_t)(digits[i] - '0');
        }
    }
    if (digits[UTRN_DIGITS - 1] != check_digit(digits, UTRN_DIGITS - 1) || number < UTRN_OFFSET) {
        return false;
    }
    const uint64_t token = number - UTRN_OFFSET;
    const uint32_t high = (uint32_t)(token >> 32);
    utrn->counter = (uint16_t)(high >> COUNTER_SHIFT & ((1 << UTRN_COUNTER_BITS) - 1));
    utrn->value_class = (uint8_t)(high >> CLASS_SHIFT & 3);
    utrn->value = (uint16_t)(high & VALUE_MASK);
    write_be(utrn->covered, high, UTRN_COVERED_OCTETS);
    write_be(utrn->mac, (uint32_t)token, UTRN_MAC_OCTETS);
    return high >> LEADING_SHIFT == 0;
}

bool utrn_is_authentic(const struct utrn *utrn, const struct utrn_parties *parties,
                       const uint8_t secret[SECRET_OCTETS])
{
    static const uint8_t prefix[] = {0x11, 0, 0, 0, 0, 0};
    uint8_t key[DIGEST_OCTETS], tag[TAG_OCTETS], iv[12] = {0};
    uint8_t transaction[9] = {CRA_COMMAND};
    const struct key_use use = {parties->supplier, CRA_COMMAND, parties->counter, parties->device};
    derive_key(secret, &use, key);
    memcpy(iv, parties->supplier, ENTITY_OCTETS);
    write_be(transaction + 1, parties->counter, 8);
    const struct octets parts[] = {
        {prefix, sizeof prefix},
        {parties->supplier, ENTITY_OCTETS},
        {parties->device, ENTITY_OCTETS},
        {transaction, sizeof transaction},
        {utrn->covered, sizeof utrn->covered},
    };
    crypto_gcm(key, iv, parts, sizeof parts / sizeof *parts, NULL, 0, tag);
    crypto_wipe(key, sizeof key);
    return crypto_equal(tag + TAG_OCTETS - UTRN_MAC_OCTETS, utrn->mac, UTRN_MAC_OCTETS);
}
