#include "native/watch.h"

#include <stdlib.h>
#include <string.h>

#include "octets.h"

enum { PAGE = 256 };

static uint32_t size_of(const struct watch *watch)
{
    return watch->device->geometry.size;
}

static uint64_t sum_of(const uint8_t *octets, uint32_t length, uint64_t place)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < length; i += sizeof sum) {
        uint64_t value;
        memcpy(&value, octets + i, sizeof value);
        sum += mixed(value, place + i);
    }
    return sum;
}

static uint64_t mark_of_page(const struct watch *watch, uint32_t page)
{
    const uint32_t start = page * PAGE;
    const uint32_t granule = watch->granule;
    const uint64_t behind = (uint64_t)1 << 32;
    return sum_of(watch->device->flash + start, PAGE, start)
        + sum_of(watch->programs + start / granule, PAGE / granule, behind + start);
}

bool watch_begin(struct watch *watch, struct device *device)
{
    const uint32_t size = device->geometry.size;
    *watch = (struct watch){.device = device};
    watch->granule = device->geometry.write_unit == 1 ? 1 : 4;
    watch->most_programs = device->geometry.programs_per_unit;
    watch->is_erased_high = device->geometry.erased_value != 0;
    watch->programs = calloc(size / watch->granule, 1);
    watch->is_touched = calloc(size / PAGE, 1);
    watch->touched = calloc(size / PAGE, sizeof *watch->touched);
    watch->blank = calloc(size / PAGE, sizeof *watch->blank);
    if (size % PAGE != 0 || watch->blank == NULL || watch->programs == NULL || watch->is_touched == NULL
        || watch->touched == NULL) {
        watch_end(watch);
        return false;
    }
    memset(device->flash, device->geometry.erased_value, size);
    for (uint32_t page = 0; page < size / PAGE; page++) {
        watch->blank[page] = mark_of_page(watch, page);
    }
    device->watch = watch;
    return true;
}

void watch_end(struct watch *watch)
{
    watch->device->watch = NULL;
    free(watch->programs);
    free(watch->is_touched);
    free(watch->touched);
    free(watch->blank);
}

bool moment_begin(struct moment *moment, const struct watch *watch)
{
    const uint32_t size = size_of(watch);
    moment->octets = malloc(size);
    moment->programs = malloc(size / watch->granule);
    moment->pages = malloc(size / PAGE * sizeof *moment->pages);
    return moment->octets != NULL && moment->programs != NULL && moment->pages != NULL;
}

void moment_end(struct moment *moment)
{
    free(moment->octets);
    free(moment->programs);
    free(moment->pages);
}

static void forget_touched(struct watch *watch)
{
    for (uint32_t i = 0; i < watch->touched_count; i++) {
        watch->is_touched[watch->touched[i]] = 0;
    }
    watch->touched_count = 0;
}

static void keep_all(struct watch *watch, struct moment *moment)
{
    memcpy(moment->octets, watch->device->flash, size_of(watch));
    memcpy(moment->programs, watch->programs, size_of(watch) / watch->granule);
    moment->mark = 0;
    for (uint32_t page = 0; page < size_of(watch) / PAGE; page++) {
        moment->pages[page] = mark_of_page(watch, page);
        moment->mark += moment->pages[page];
    }
}

static void keep_page(struct watch *watch, struct moment *moment, uint32_t page)
{
    const uint32_t counts = PAGE / watch->granule;
    const uint64_t mark = mark_of_page(watch, page);
    memcpy(moment->octets + page * PAGE, watch->device->flash + page * PAGE, PAGE);
    memcpy(moment->programs + page * counts, watch->programs + page * counts, counts);
    moment->mark += mark - moment->pages[page];
    moment->pages[page] = mark;
}

void watch_keep(struct watch *watch, struct moment *moment)
{
    if (watch->home != moment) {
        keep_all(watch, moment);
    }
    for (uint32_t i = 0; i < watch->touched_count && watch->home == moment; i++) {
        keep_page(watch, moment, watch->touched[i]);
    }
    watch->home = moment;
    forget_touched(watch);
}

static void return_page(struct watch *watch, const struct moment *moment, uint32_t page)
{
    const uint32_t counts = PAGE / watch->granule;
    memcpy(watch->device->flash + page * PAGE, moment->octets + page * PAGE, PAGE);
    memcpy(watch->programs + page * counts, moment->programs + page * counts, counts);
}

void watch_return(struct watch *watch, struct moment *moment)
{
    if (watch->home == moment) {
        for (uint32_t i = 0; i < watch->touched_count; i++) {
            return_page(watch, moment, watch->touched[i]);
        }
    } else {
        memcpy(watch->device->flash, moment->octets, size_of(watch));
        memcpy(watch->programs, moment->programs, size_of(watch) / watch->granule);
    }
    watch->home = moment;
    watch->course = 0;
    watch->operations = 0;
    watch->misuses = 0;
    forget_touched(watch);
}

static void touch_page(struct watch *watch, uint32_t page)
{
    if (!watch->is_touched[page]) {
        watch->is_touched[page] = 1;
        watch->touched[watch->touched_count++] = page;
    }
}

void watch_touch(struct watch *watch, uint32_t start, uint32_t end)
{
    for (uint32_t page = start / PAGE; page < (end + PAGE - 1) / PAGE; page++) {
        touch_page(watch, page);
    }
}

uint64_t watch_mark(const struct watch *watch)
{
    uint64_t mark = watch->home->mark;
    for (uint32_t i = 0; i < watch->touched_count; i++) {
        const uint32_t page = watch->touched[i];
        mark += mark_of_page(watch, page) - watch->home->pages[page];
    }
    return mark;
}

void watch_count(struct watch *watch, uint32_t start, uint32_t end)
{
    for (uint32_t i = start / watch->granule; i < end / watch->granule; i++) {
        watch->programs[i] = (uint8_t)(watch->programs[i] + (watch->programs[i] < UINT8_MAX));
    }
}

// One more program of a granule; whether the part allows it.
static bool may_program(struct watch *watch, uint32_t granule)
{
    const uint8_t programs = watch->programs[granule];
    watch->programs[granule] = (uint8_t)(programs + (programs < UINT8_MAX));
    return programs < watch->most_programs;
}

void watch_program(struct watch *watch, uint32_t offset, uint32_t old, uint32_t word)
{
    bool is_right = ((watch->is_erased_high ? ~old & word : old & ~word)) == 0;
    touch_page(watch, offset / PAGE);
    if (watch->granule == 4) {
        is_right &= may_program(watch, offset / 4);
    } else {
        for (uint32_t at = offset; at < offset + 4; at++) {
            is_right &= may_program(watch, at);
        }
    }
    watch->course += mixed((uint64_t)offset << 32 | word, watch->operations++);
    watch->misuses += !is_right;
    if (watch->trace != NULL) {
        trace_program(watch->trace, &watch->device->geometry, watch->device->flash + offset, offset,
                      word);
    }
}

// Pages that are blank already stay as they are: a large block holds little.
static void touch_written(struct watch *watch, struct block block)
{
    const uint32_t end = block.start + block.size;
    if (block.start % PAGE != 0 || block.size % PAGE != 0) {
        watch_touch(watch, block.start, end);
        return;
    }
    for (uint32_t page = block.start / PAGE; page < end / PAGE; page++) {
        if (watch->home->pages[page] != watch->blank[page]) {
            touch_page(watch, page);
        }
    }
}

void watch_erase(struct watch *watch, struct block block)
{
    watch->course += mixed(~(uint64_t)block.start, watch->operations++);
    if (watch->trace != NULL) {
        trace_erase(watch->trace, &watch->device->geometry, watch->device->flash, block);
    }
    touch_written(watch, block);
    memset(watch->programs + block.start / watch->granule, 0, block.size / watch->granule);
}

void watch_erased(struct watch *watch, uint32_t block)
{
    const struct area *areas = watch->device->geometry.areas;
    const struct area *area = &areas[block >= areas[1].first_block];
    const bool is_last = block + 1u == (uint32_t)area->first_block + area->block_count;
    if (watch->on_spare_erased != NULL && is_last && watch->operations == area->block_count) {
        watch->on_spare_erased(watch);
    }
}
