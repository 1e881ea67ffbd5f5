#include "native/power_ons.h"

#include <stdlib.h>

#include "board.h"
#include "link/cut.h"
#include "machine/live.h"
#include "machine/store.h"

// Where the live records stand and what is there, in one number with the result. A device that
// refuses to start and leaves its flash alone is one outcome, whatever that holds.
static uint64_t mark_of_outcome(const struct watch *watch, enum store_result result)
{
    size_t count;
    if (result != STORE_OK && watch->operations == 0) {
        return mixed((uint64_t)result, 0);
    }
    const struct octets *entries = live_entries(&count);
    uint64_t mark = mixed((uint64_t)result, 1) + mixed(watch->misuses > 0, 2);
    for (size_t i = 0; i < count; i++) {
        const uint64_t place = (uint64_t)(entries[i].at - watch->device->flash);
        mark += mixed(place << 32 | entries[i].length, 3 + i);
    }
    return mixed(mark, count) + watch_mark(watch);
}

static bool has_room(struct power_ons *power_ons)
{
    if (power_ons->here < power_ons->room) {
        return true;
    }
    const size_t room = 2 * (size_t)power_ons->here + 64;
    uint32_t *ends = realloc(power_ons->ends, room * sizeof *ends);
    if (ends == NULL) {
        return false;
    }
    power_ons->ends = ends;
    power_ons->room = room;
    return true;
}

// Ends the recovery if it is known from here on. The flash then is not what it would have become.
static void look_for_shortcut(struct watch *watch)
{
    struct power_ons *power_ons = watch->listener;
    bool is_new = false;
    if (watch->misuses > 0) {
        return;
    }
    const uint64_t mark = mixed(mark_of_ram(), 0) + watch_mark(watch);
    power_ons->here = marks_add(&power_ons->moments, mark, &is_new);
    if (power_ons->here == MARKS_FULL || !has_room(power_ons)) {
        power_ons->here = MARKS_FULL;
    } else if (is_new) {
        power_ons->ends[power_ons->here] = UNKNOWN_OUTCOME;
    } else if (power_ons->ends[power_ons->here] != UNKNOWN_OUTCOME) {
        power_ons->end = power_ons->ends[power_ons->here];
        board_reset();
    }
}

static int open_store(void *unused)
{
    (void)unused;
    return (int)store_open();
}

uint32_t power_on(struct power_ons *power_ons, struct watch *watch)
{
    bool is_new;
    watch->listener = power_ons;
    watch->on_spare_erased = power_ons->takes_shortcuts ? look_for_shortcut : NULL;
    cut_start();
    power_ons->here = MARKS_FULL;
    const int result = with_power(open_store, NULL);
    watch->on_spare_erased = NULL;
    if (result == ENGINE_RESET) {
        return power_ons->end;
    }
    const uint64_t mark = mark_of_outcome(watch, (enum store_result)result);
    const uint32_t outcome = marks_add(&power_ons->outcomes, mark, &is_new);
    if (outcome == MARKS_FULL) {
        return UNKNOWN_OUTCOME;
    }
    if (power_ons->here != MARKS_FULL) {
        power_ons->ends[power_ons->here] = outcome;
    }
    return outcome;
}

void power_ons_clear(struct power_ons *power_ons)
{
    marks_clear(&power_ons->outcomes);
    marks_clear(&power_ons->moments);
}

void power_ons_end(struct power_ons *power_ons)
{
    marks_end(&power_ons->outcomes);
    marks_end(&power_ons->moments);
    free(power_ons->ends);
}
