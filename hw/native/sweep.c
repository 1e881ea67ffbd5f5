#include "native/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "machine/changes.h"
#include "machine/staging.h"
#include "machine/store.h"
#include "native/power_ons.h"

// Steps, and the flash before one of them.
struct level {
    struct trace trace;
    struct moment moment;
    uint32_t place;  // the step before which the moment is
};

struct sweep {
    struct watch watch;
    struct moment start;
    struct level levels[SWEEP_LEVELS];
    struct marks seen;
    struct power_ons power_ons;
};

enum { REMOVED = 0xFFFF };

struct sweep *engine_sweep_open(struct device *device)
{
    struct sweep *sweep = calloc(1, sizeof *sweep);
    if (sweep == NULL || !watch_begin(&sweep->watch, device)) {
        free(sweep);
        return NULL;
    }
    if (!moment_begin(&sweep->start, &sweep->watch)
        || !moment_begin(&sweep->levels[SWEEP_WORK].moment, &sweep->watch)
        || !moment_begin(&sweep->levels[SWEEP_RECOVERY].moment, &sweep->watch)) {
        engine_sweep_close(sweep);
        return NULL;
    }
    return sweep;
}

void engine_sweep_close(struct sweep *sweep)
{
    watch_end(&sweep->watch);
    moment_end(&sweep->start);
    for (int i = 0; i < SWEEP_LEVELS; i++) {
        moment_end(&sweep->levels[i].moment);
        trace_end(&sweep->levels[i].trace);
    }
    marks_end(&sweep->seen);
    power_ons_end(&sweep->power_ons);
    free(sweep);
}

static void load_counts(struct watch *watch, const uint8_t *programs)
{
    const struct geometry *geometry = &watch->device->geometry;
    for (uint32_t i = 0; i < geometry->size / watch->granule; i++) {
        watch->programs[i] = programs[i * watch->granule / geometry->write_unit];
    }
}

int engine_sweep_begin(struct sweep *sweep, const uint8_t *programs)
{
    run_device(sweep->watch.device);
    load_counts(&sweep->watch, programs);
    marks_clear(&sweep->seen);
    power_ons_clear(&sweep->power_ons);
    for (int i = 0; i < SWEEP_LEVELS; i++) {
        trace_clear(&sweep->levels[i].trace);
    }
    sweep->watch.home = NULL;
    watch_keep(&sweep->watch, &sweep->start);
    return (int)store_open();
}

void engine_sweep_return(struct sweep *sweep)
{
    watch_return(&sweep->watch, &sweep->start);
}

void engine_sweep_was_filled(struct sweep *sweep)
{
    watch_touch(&sweep->watch, 0, sweep->watch.device->geometry.size);
}

static int stage(struct octets *rest)
{
    if (rest->length < 5) {
        return ENGINE_BAD_RECORD;
    }
    const uint16_t length = read_le16(rest->at + 3);
    const struct octets body = octets_of(rest->at + 5, length == REMOVED ? 0 : length);
    const uint16_t index = read_le16(rest->at + 1);
    if (body.length > rest->length - 5) {
        return ENGINE_BAD_RECORD;
    }
    *rest = octets_of(body.at + body.length, rest->length - 5 - body.length);
    if (length == REMOVED) {
        changes_remove((body.at - 5)[0], index);
        return 0;
    }
    return stage_record((body.at - 5)[0], index, body) == STAGED ? 0 : ENGINE_BAD_RECORD;
}

int engine_sweep_commit(struct sweep *sweep, const uint8_t *records, size_t length)
{
    struct octets rest = octets_of(records, length);
    run_device(sweep->watch.device);
    changes_begin();
    while (rest.length > 0) {
        if (stage(&rest) != 0) {
            changes_begin();
            return ENGINE_BAD_RECORD;
        }
    }
    const int result = (int)changes_commit();
    if (sweep->watch.trace != NULL) {
        trace_part_mark(sweep->watch.trace, &sweep->watch.device->geometry);
    }
    return result;
}

void engine_sweep_record(struct sweep *sweep)
{
    sweep->watch.trace = &sweep->levels[SWEEP_WORK].trace;
}

bool engine_sweep_recorded(struct sweep *sweep)
{
    struct level *work = &sweep->levels[SWEEP_WORK];
    sweep->watch.trace = NULL;
    trace_part_mark(&work->trace, &sweep->watch.device->geometry);
    watch_return(&sweep->watch, &sweep->start);
    sweep->watch.home = NULL;
    watch_keep(&sweep->watch, &work->moment);
    work->place = 0;
    return !work->trace.is_lacking;
}

uint32_t engine_sweep_steps(const struct sweep *sweep, uint32_t level)
{
    return level < SWEEP_LEVELS ? (uint32_t)sweep->levels[level].trace.count : 0;
}

bool engine_sweep_step(const struct sweep *sweep, uint32_t level, uint32_t number,
                       struct sweep_step *step)
{
    if (number >= engine_sweep_steps(sweep, level)) {
        return false;
    }
    const struct trace *trace = &sweep->levels[level].trace;
    const struct step *found = &trace->steps[number];
    *step = (struct sweep_step){found->kind, found->address, found->length,
                                trace->before + found->at, trace->after + found->at};
    return true;
}

// The moment of a level is then the one before that step; steps are best taken in order.
static bool go_before(struct sweep *sweep, uint32_t level, uint32_t step)
{
    struct level *at = level < SWEEP_LEVELS ? &sweep->levels[level] : NULL;
    const struct sweep_cut whole = {SWEEP_AFTER, 0};
    if (at == NULL || step >= at->trace.count || step < at->place) {
        return false;
    }
    watch_return(&sweep->watch, &at->moment);
    for (; at->place < step; at->place++) {
        (void)cut_step(&sweep->watch, &at->trace, &at->trace.steps[at->place], whole, NULL, 0);
    }
    watch_keep(&sweep->watch, &at->moment);
    return true;
}

static bool is_first_seen(struct sweep *sweep)
{
    bool is_new = false;
    return marks_add(&sweep->seen, watch_mark(&sweep->watch), &is_new) == MARKS_FULL || is_new;
}

bool engine_sweep_cut(struct sweep *sweep, uint32_t level, uint32_t step,
                      const struct sweep_cut *cuts, size_t count, const uint8_t *masks,
                      size_t masks_length, bool only_new, uint32_t *outcomes, uint64_t *courses)
{
    run_device(sweep->watch.device);
    if (!go_before(sweep, level, step)) {
        return false;
    }
    struct level *at = &sweep->levels[level];
    bool is_done = true;
    sweep->power_ons.takes_shortcuts = level == SWEEP_RECOVERY;
    for (size_t i = 0; i < count; i++) {
        watch_return(&sweep->watch, &at->moment);
        if (!cut_step(&sweep->watch, &at->trace, &at->trace.steps[step], cuts[i], masks,
                      masks_length)) {
            outcomes[i] = SWEEP_FAILED;
        } else if (only_new && !is_first_seen(sweep)) {
            outcomes[i] = SWEEP_SEEN;
        } else {
            outcomes[i] = power_on(&sweep->power_ons, &sweep->watch);
        }
        courses[i] = sweep->watch.operations == 0 ? 0 : sweep->watch.course;
        is_done &= outcomes[i] != SWEEP_FAILED;
    }
    sweep->power_ons.takes_shortcuts = false;
    return is_done;
}

static void flip(struct sweep *sweep, uint32_t bit)
{
    watch_return(&sweep->watch, &sweep->start);
    watch_touch(&sweep->watch, bit / 8, bit / 8 + 1);
    sweep->watch.device->flash[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

bool engine_sweep_flip(struct sweep *sweep, uint32_t first, uint32_t end, uint32_t distance,
                       uint32_t *outcomes)
{
    run_device(sweep->watch.device);
    if (distance == 0 || end / 8 > sweep->watch.device->geometry.size) {
        return false;
    }
    for (uint32_t bit = first; bit < end; bit += distance) {
        flip(sweep, bit);
        *outcomes++ = power_on(&sweep->power_ons, &sweep->watch);
    }
    return true;
}

int engine_sweep_cut_again(struct sweep *sweep, uint32_t level, uint32_t step,
                           struct sweep_cut cut, const uint8_t *masks, size_t masks_length)
{
    run_device(sweep->watch.device);
    if (!go_before(sweep, level, step)) {
        return ENGINE_BAD_RECORD;
    }
    const struct trace *trace = &sweep->levels[level].trace;
    if (!cut_step(&sweep->watch, trace, &trace->steps[step], cut, masks, masks_length)) {
        return ENGINE_BAD_RECORD;
    }
    return (int)store_open();
}

int engine_sweep_flip_again(struct sweep *sweep, uint32_t bit)
{
    run_device(sweep->watch.device);
    if (bit / 8 >= sweep->watch.device->geometry.size) {
        return ENGINE_BAD_RECORD;
    }
    flip(sweep, bit);
    return (int)store_open();
}

uint32_t engine_sweep_recovery(struct sweep *sweep, uint32_t step, struct sweep_cut cut,
                               const uint8_t *masks, size_t masks_length)
{
    struct level *recovery = &sweep->levels[SWEEP_RECOVERY];
    const struct level *work = &sweep->levels[SWEEP_WORK];
    run_device(sweep->watch.device);
    trace_clear(&recovery->trace);
    if (!go_before(sweep, SWEEP_WORK, step)
        || !cut_step(&sweep->watch, &work->trace, &work->trace.steps[step], cut, masks,
                     masks_length)) {
        return 0;
    }
    sweep->watch.home = NULL;
    watch_keep(&sweep->watch, &recovery->moment);
    recovery->place = 0;
    sweep->watch.trace = &recovery->trace;
    if (store_open() != STORE_OK || recovery->trace.is_lacking) {
        trace_clear(&recovery->trace);
    }
    sweep->watch.trace = NULL;
    marks_clear(&sweep->power_ons.moments);
    return (uint32_t)recovery->trace.count;
}

uint64_t engine_sweep_mark(const struct sweep *sweep)
{
    return watch_mark(&sweep->watch);
}

uint32_t engine_sweep_operations(const struct sweep *sweep)
{
    return sweep->watch.operations;
}

uint32_t engine_sweep_misuses(const struct sweep *sweep)
{
    return sweep->watch.misuses;
}
