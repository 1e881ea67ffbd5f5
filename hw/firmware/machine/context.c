#include "machine/context.h"

#include "generated/layout.h"
#include "generated/machine_tables.h"
#include "machine/meter.h"
#include "machine/state.h"
#include "machine/top_up_cache.h"

// The Access Control Broker's, which every command with a MAC needs, those of the supplier's two
// keys, which a top-up needs besides, and that of a new one.
enum { SECRETS = 4 };

struct known_secret {
    bool is_set;
    uint8_t point[POINT_OCTETS];
    uint8_t secret[SECRET_OCTETS];
};

struct drbg entropy;
static struct known_secret secrets[SECRETS];
static uint8_t next_secret;

// What the refusal of the present input spends.
static struct {
    enum { SPENDS_NOTHING, SPENDS_COUNTER, SPENDS_TOP_UP, SPENDS_ENTRY } what;
    uint8_t role;
    uint64_t counter;
} refusal_spends;

void context_start(void)
{
    uint8_t boots[4];
    const uint8_t *own = store_body(RECORD_OWN_COUNTERS, 0);
    const uint8_t *identity = store_body(RECORD_IDENTITY, 0);
    write_be(boots, read_le32(own + OWN_COUNTERS_BOOTS_AT), sizeof boots);
    drbg_start(&entropy, octets_of(identity + IDENTITY_SEED_AT, IDENTITY_SEED_OCTETS),
               octets_of(boots, sizeof boots));
    forget_secrets();
}

bool secret_with(const uint8_t point[POINT_OCTETS], uint8_t secret[SECRET_OCTETS])
{
    for (size_t i = 0; i < SECRETS; i++) {
        if (secrets[i].is_set && memcmp(secrets[i].point, point, POINT_OCTETS) == 0) {
            memcpy(secret, secrets[i].secret, SECRET_OCTETS);
            return true;
        }
    }
    if (!crypto_agree(state_private_key(KEY_USAGE_KEY_AGREEMENT), point, secret)) {
        return false;
    }
    remember_secret(point, secret);
    return true;
}

void remember_secret(const uint8_t point[POINT_OCTETS], const uint8_t secret[SECRET_OCTETS])
{
    struct known_secret *place = &secrets[next_secret];
    place->is_set = true;
    memcpy(place->point, point, POINT_OCTETS);
    memcpy(place->secret, secret, SECRET_OCTETS);
    next_secret = (uint8_t)((next_secret + 1) % SECRETS);
}

void forget_secrets(void)
{
    crypto_wipe(secrets, sizeof secrets);
    next_secret = 0;
}

uint8_t spend_counter(uint8_t role, uint64_t counter)
{
    changes_begin();
    changes_advance(role, counter);
    return reason_of(changes_commit());
}

uint8_t refuse_authentic(uint8_t role, uint64_t counter, uint8_t reason)
{
    refusal_spends.what = SPENDS_COUNTER;
    refusal_spends.role = role;
    refusal_spends.counter = counter;
    return reason;
}

uint8_t refuse_top_up(uint64_t counter, uint8_t reason)
{
    refusal_spends.what = SPENDS_TOP_UP;
    refusal_spends.counter = counter;
    return reason;
}

uint8_t refuse_entry(uint8_t reason)
{
    refusal_spends.what = SPENDS_ENTRY;
    return reason;
}

static void count_failed_entry(void)
{
    uint8_t *meter = changes_put_meter();
    meter[METER_ENTRY_FAILURES_AT]++;
}

bool changes_begin_refusal(void)
{
    const struct top_up_change answered = {(uint32_t)(refusal_spends.counter >> 32),
                                           TOP_UP_ANSWERED, NULL};
    changes_begin();
    switch (refusal_spends.what) {
    case SPENDS_COUNTER:
        changes_advance(refusal_spends.role, refusal_spends.counter);
        break;
    case SPENDS_TOP_UP:
        changes_put_top_up(&answered);
        break;
    case SPENDS_ENTRY:
        count_failed_entry();
        break;
    case SPENDS_NOTHING:
        return false;
    }
    return true;
}

void forget_refusal(void)
{
    refusal_spends.what = SPENDS_NOTHING;
}

uint8_t reason_of(enum store_result result)
{
    if (result == STORE_OK) {
        return 0;
    }
    return result == STORE_FULL ? REASON_NO_ROOM : REASON_STORAGE_FAILED;
}
