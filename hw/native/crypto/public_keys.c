#include "native/crypto/public_keys.h"

#include <stdlib.h>

#include "native/settings.h"

enum {
    SETS = 32,
    // In a set, the key that is looked up least makes room: keys that all devices share stay, and
    // those that one device holds pass through one place.
    WAYS = 4,
    // So many keys come into a set before all lookups in it count half. With every key it would be
    // too often: between two commands by Recovery, hundreds of devices' keys verify one answer each.
    NEW_BEFORE_AGEING = 64,
    // A table saves a quarter of each verification, and costs some 250 of them.
    VERIFIED_BEFORE_TABLE = 512,
};

bool use_tables;

static struct public_key keys[SETS][WAYS];
static uint8_t new_keys[SETS];

static void forget(struct public_key *key)
{
    EC_POINT_free(key->point);
    EC_KEY_free(key->key);
    EC_GROUP_free(key->table);
    *key = (struct public_key){.point = NULL};
}

static void age(size_t set)
{
    new_keys[set] = 0;
    for (size_t i = 0; i < WAYS; i++) {
        keys[set][i].lookups /= 2;
    }
}

// The place of a set for a new key.
static struct public_key *least_used(size_t set)
{
    struct public_key *least = &keys[set][0];
    for (size_t i = 1; i < WAYS; i++) {
        least = keys[set][i].lookups < least->lookups ? &keys[set][i] : least;
    }
    if (++new_keys[set] == NEW_BEFORE_AGEING) {
        age(set);
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
    const size_t set = (octets[5] ^ octets[40]) % SETS;
    for (size_t i = 0; i < WAYS; i++) {
        struct public_key *key = &keys[set][i];
        if (key->point != NULL && memcmp(key->octets, octets, POINT_OCTETS) == 0) {
            key->lookups++;
            return key;
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
