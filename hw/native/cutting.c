#include "native/cutting.h"

#include <string.h>

// A step, the flash where it works, and what was to become of that.
struct work {
    struct watch *watch;
    const struct step *step;
    uint8_t *flash;
    const uint8_t *after;
};

// A torn program counts for each unit in which it changed a bit, a torn erase for none.
static void put(const struct work *work, uint32_t place, const uint8_t *octets, uint32_t length)
{
    const uint32_t unit = work->watch->device->geometry.write_unit;
    const uint32_t start = place / unit * unit;
    watch_touch(work->watch, work->step->address + start, work->step->address + place + length);
    for (uint32_t at = start; at < place + length && work->step->kind == STEP_PROGRAM; at += unit) {
        const uint32_t first = at < place ? place : at;
        const uint32_t end = at + unit < place + length ? at + unit : place + length;
        if (memcmp(work->flash + first, octets + first - place, end - first) != 0) {
            watch_count(work->watch, work->step->address + at, work->step->address + at + unit);
        }
    }
    memcpy(work->flash + place, octets, length);
}

static void tear_prefix(const struct work *work, uint32_t done)
{
    const uint32_t unit = work->watch->device->geometry.write_unit;
    const uint32_t address = work->step->address;
    watch_touch(work->watch, address, address + done);
    memcpy(work->flash, work->after, done);
    if (work->step->kind == STEP_PROGRAM) {
        watch_count(work->watch, address, address + (done + unit - 1) / unit * unit);
    }
}

// Without a mask every bit is done, but for the one that is kept.
static void tear_bits(const struct work *work, const uint8_t *mask, uint32_t kept_place, uint8_t kept)
{
    uint8_t torn[256];  // a multiple of every write unit
    for (uint32_t place = 0; place < work->step->length; place += sizeof torn) {
        const uint32_t rest = work->step->length - place;
        const uint32_t length = rest < sizeof torn ? rest : (uint32_t)sizeof torn;
        const uint8_t *old = work->flash + place;
        const uint8_t *after = work->after + place;
        for (uint32_t i = 0; i < length; i++) {
            const uint8_t done = mask == NULL ? 0xFF : mask[place + i];
            torn[i] = (uint8_t)(old[i] ^ ((old[i] ^ after[i]) & done));
        }
        if (kept_place - place < length) {
            const uint32_t i = kept_place - place;
            torn[i] = (uint8_t)(torn[i] ^ ((torn[i] ^ old[i]) & kept));
        }
        put(work, place, torn, length);
    }
}

static void tear_bit(const struct work *work, uint32_t bit, bool is_done)
{
    const uint32_t place = work->step->length - 1 - bit / 8;
    const uint8_t mask = (uint8_t)(1u << bit % 8);
    const uint8_t old = work->flash[place];
    if (is_done) {
        const uint8_t torn = (uint8_t)(old ^ ((old ^ work->after[place]) & mask));
        put(work, place, &torn, 1);
    } else {
        tear_bits(work, NULL, place, mask);
    }
}

static void finish(const struct work *work)
{
    const uint32_t start = work->step->address;
    const uint32_t end = start + work->step->length;
    watch_touch(work->watch, start, end);
    memcpy(work->flash, work->after, work->step->length);
    if (work->step->kind == STEP_PROGRAM) {
        watch_count(work->watch, start, end);
    } else {
        const uint32_t granule = work->watch->granule;
        memset(work->watch->programs + start / granule, 0, work->step->length / granule);
    }
}

static bool is_possible(const struct step *step, struct sweep_cut cut, size_t masks_length)
{
    switch (cut.flavour) {
    case SWEEP_PREFIX:
        return cut.amount < step->length;
    case SWEEP_BITS:
        return cut.amount <= masks_length && masks_length - cut.amount >= step->length;
    case SWEEP_BIT:
    case SWEEP_ALL_BUT_BIT:
        return cut.amount / 8 < step->length;
    case SWEEP_PREPROGRAMMED:
        return step->kind == STEP_ERASE;
    default:
        return cut.flavour <= SWEEP_AFTER;
    }
}

bool cut_step(struct watch *watch, const struct trace *trace, const struct step *step,
              struct sweep_cut cut, const uint8_t *masks, size_t masks_length)
{
    const struct work work = {watch, step, watch->device->flash + step->address,
                              trace->after + step->at};
    if (!is_possible(step, cut, masks_length)) {
        return false;
    }
    switch (cut.flavour) {
    case SWEEP_PREFIX:
        tear_prefix(&work, cut.amount);
        break;
    case SWEEP_BITS:
        tear_bits(&work, masks + cut.amount, step->length, 0);
        break;
    case SWEEP_BIT:
    case SWEEP_ALL_BUT_BIT:
        tear_bit(&work, cut.amount, cut.flavour == SWEEP_BIT);
        break;
    case SWEEP_PREPROGRAMMED:
        watch_touch(watch, step->address, step->address + step->length);
        memset(work.flash, watch->device->geometry.erased_value ^ 0xFF, step->length);
        break;
    case SWEEP_AFTER:
        finish(&work);
        break;
    default:
        break;
    }
    return true;
}
