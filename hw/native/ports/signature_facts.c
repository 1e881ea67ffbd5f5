// gbcs/signature_facts.c with room for what a whole estate shares. A fact holds for every device, so
// it may stay from one to the next; switched off, it is forgotten as on a board.
#include "gbcs/signature_facts.h"

#include "native/settings.h"

// A fact has its place by its first octets; eight of one group push one another out in turn.
enum { GROUPS = 64, GROUP = 8 };

bool share_signature_facts;

static struct {
    uint8_t digests[GROUP][DIGEST_OCTETS];
    bool is_good[GROUP];
    uint8_t next;
} groups[GROUPS];

static bool is_empty = true;

bool signature_fact_find(const uint8_t fact[DIGEST_OCTETS], bool *is_good)
{
    const size_t group = fact[0] % GROUPS;
    for (size_t i = 0; i < GROUP; i++) {
        if (memcmp(groups[group].digests[i], fact, DIGEST_OCTETS) == 0) {
            *is_good = groups[group].is_good[i];
            return true;
        }
    }
    return false;
}

void signature_fact_add(const uint8_t fact[DIGEST_OCTETS], bool is_good)
{
    const size_t group = fact[0] % GROUPS;
    const uint8_t place = groups[group].next;
    memcpy(groups[group].digests[place], fact, DIGEST_OCTETS);
    groups[group].is_good[place] = is_good;
    groups[group].next = (uint8_t)((place + 1) % GROUP);
    is_empty = false;
}

void signature_facts_forget(void)
{
    if (!share_signature_facts && !is_empty) {
        memset(groups, 0, sizeof groups);
        is_empty = true;
    }
}
