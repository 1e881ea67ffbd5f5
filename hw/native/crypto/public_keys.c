#include "native/crypto/public_keys.h"

#include <stdlib.h>

#include "native/settings.h"

enum {
    SETS = 32,
    // In a set, the key that is looked up least makes room: keys that all devices share stay, and
    // those that one device holds pass through one place.
    WAYS = 4,
    // A table costs as much as some thirty verifications.
    VERIFIED_BEFORE_TABLE = 64,
};

bool use_tables;

static struct public_key keys[SETS][WAYS];

static void forget(struct public_key *key)
{
    EC_POINT_free(key->point);
    EC_KEY_free(key->key);
    EC_GROUP_free(key->table);
    *key = (struct public_key){.point = NULL};
}

static struct public_key *least_used(struct public_key *set)
{
    struct public_key *least = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        least = set[i].lookups < least->lookups ? &set[i] : least;
        set[i].lookups /= 2;
    }
    return least;
}

static EC_POINT *read(const uint8_t octets[POINT_OCTETS])
{
    EC_POINT *point = EC_POINT_new(curve_group());
    if (octets[0] != 0x04
        || EC_POINT_oct2point(curve_group(), point, octets, POINT_OCTETS, curve_context()) != 1) {
        EC_POINT_free(point);
        return NULL;
    }
    return point;
}

struct public_key *public_key_of(const uint8_t octets[POINT_OCTETS])
{
    struct public_key *set = keys[(octets[5] ^ octets[40]) % SETS];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].point != NULL && memcmp(set[i].octets, octets, POINT_OCTETS) == 0) {
            set[i].lookups++;
            return &set[i];
        }
    }
    EC_POINT *point = read(octets);
    if (point == NULL) {
        return NULL;
    }
    struct public_key *key = least_used(set);
    forget(key);
    memcpy(key->octets, octets, POINT_OCTETS);
    key->point = point;
    key->lookups = 1;
    return key;
}

static void make_table(struct public_key *key)
{
    key->table = EC_GROUP_dup(curve_group());
    if (EC_GROUP_set_generator(key->table, key->point, curve_order(), BN_value_one()) != 1
        || EC_GROUP_precompute_mult(key->table, curve_context()) != 1) {
        abort();
    }
}

void public_key_verifies(struct public_key *key)
{
    if (key->key == NULL) {
        key->key = EC_KEY_new();
        EC_KEY_set_group(key->key, curve_group());
        EC_KEY_set_public_key(key->key, key->point);
    }
    key->verified++;
    if (use_tables && key->table == NULL && key->verified > VERIFIED_BEFORE_TABLE) {
        make_table(key);
    }
}

void public_keys_forget(void)
{
    for (size_t i = 0; i < SETS * WAYS; i++) {
        forget(&keys[i / WAYS][i % WAYS]);
    }
}
