#include "native/crypto/public_keys.h"

#include <stdlib.h>

#include "native/settings.h"

enum {
    KEPT = 64,
    // A table costs as much as some thirty verifications.
    USES_BEFORE_TABLE = 64,
    // From here on a key that many devices share is not pushed out by one that they do not.
    USES_TO_STAY = 8,
};

bool use_tables;

// The last place is for all keys that have no other.
static struct public_key keys[KEPT + 1];

static bool holds(const struct public_key *key, const uint8_t point[POINT_OCTETS])
{
    return key->key != NULL && memcmp(key->point, point, POINT_OCTETS) == 0;
}

static void forget(struct public_key *key)
{
    EC_KEY_free(key->key);
    EC_GROUP_free(key->table);
    *key = (struct public_key){.key = NULL};
}

static struct public_key *put(struct public_key *key, const uint8_t point[POINT_OCTETS])
{
    EC_POINT *read = EC_POINT_new(curve_group());
    const bool is_sound = point[0] == 0x04
        && EC_POINT_oct2point(curve_group(), read, point, POINT_OCTETS, curve_context()) == 1;
    if (is_sound) {
        forget(key);
        memcpy(key->point, point, POINT_OCTETS);
        key->key = EC_KEY_new();
        EC_KEY_set_group(key->key, curve_group());
        EC_KEY_set_public_key(key->key, read);
    }
    EC_POINT_free(read);
    return is_sound ? key : NULL;
}

struct public_key *public_key_of(const uint8_t point[POINT_OCTETS])
{
    struct public_key *key = &keys[(point[5] ^ point[40]) % KEPT];
    if (holds(key, point)) {
        return key;
    }
    if (key->uses > USES_TO_STAY) {
        key = &keys[KEPT];
    }
    return holds(key, point) ? key : put(key, point);
}

static void make_table(struct public_key *key)
{
    key->table = EC_GROUP_dup(curve_group());
    if (EC_GROUP_set_generator(key->table, EC_KEY_get0_public_key(key->key), curve_order(),
                               BN_value_one()) != 1
        || EC_GROUP_precompute_mult(key->table, curve_context()) != 1) {
        abort();
    }
}

void public_key_was_used(struct public_key *key)
{
    key->uses++;
    if (use_tables && key->table == NULL && key->uses > USES_BEFORE_TABLE && key != &keys[KEPT]) {
        make_table(key);
    }
}

void public_keys_forget(void)
{
    for (size_t i = 0; i <= KEPT; i++) {
        forget(&keys[i]);
    }
}
