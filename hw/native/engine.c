#include "native/engine.h"

#include <setjmp.h>
#include <stdlib.h>

#include "board.h"
#include "crypto/crypto.h"
#include "generated/layout.h"
#include "link/cut.h"
#include "machine/clock.h"
#include "machine/machine.h"
#include "machine/staging.h"
#include "native/device.h"
#include "version.h"

#ifndef ENGINE_SOURCES
#define ENGINE_SOURCES "unknown"
#endif

static jmp_buf powered;
static struct effects effects;
static uint8_t message[MAX_MESSAGE_OCTETS + 1];

uint32_t engine_interface(void)
{
    return ENGINE_INTERFACE;
}

const char *engine_sources(void)
{
    return ENGINE_SOURCES;
}

const char *engine_version(void)
{
    return FIRMWARE_VERSION;
}

bool engine_self_test(void)
{
    return crypto_self_test();
}

// What runs is cut off in the midst, as it would be; its callers' frames are gone.
void board_reset(void)
{
    cut_start();
    longjmp(powered, 1);
}

int with_power(int (*work)(void *), void *argument)
{
    return setjmp(powered) ? ENGINE_RESET : work(argument);
}

static const struct geometry *geometry_named(const char *name)
{
    for (int i = 0; i < NAMED_GEOMETRIES; i++) {
        if (strcmp(named_geometries[i].name, name) == 0) {
            return &named_geometries[i].geometry;
        }
    }
    return NULL;
}

uint32_t engine_flash_octets(const char *geometry)
{
    const struct geometry *found = geometry_named(geometry);
    return found == NULL ? 0 : found->size;
}

static uint32_t count_blocks(const struct geometry *geometry)
{
    uint32_t blocks = 0;
    for (size_t i = 0; i < GEOMETRY_RUNS; i++) {
        blocks += geometry->runs[i].count;
    }
    return blocks;
}

// Whether its blocks make up its size, and its areas are whole blocks of it.
static bool is_whole(const struct geometry *geometry)
{
    const uint32_t blocks = count_blocks(geometry);
    const struct block last = geometry_block(geometry, blocks - 1);
    bool is_so = blocks > 1 && last.start + last.size == geometry->size;
    for (int i = 0; i < 2; i++) {
        const struct area *area = &geometry->areas[i];
        is_so = is_so && area->base == geometry_block(geometry, area->first_block).start
            && area->size <= geometry->size && area->base <= geometry->size - area->size
            && area->first_block + area->block_count <= blocks;
    }
    return is_so;
}

struct device *engine_open_with(const struct geometry *geometry, uint8_t *flash, bool is_checked)
{
    struct device *device = is_whole(geometry) ? calloc(1, sizeof *device) : NULL;
    if (device == NULL) {
        return NULL;
    }
    device->geometry = *geometry;
    device->flash = flash;
    device->blocks = count_blocks(geometry);
    device->erases = calloc(device->blocks, sizeof *device->erases);
    device->programs = is_checked ? calloc(geometry->size / 4, 1) : NULL;
    device->ram = new_ram();
    if (device->erases == NULL || device->ram == NULL || (is_checked && device->programs == NULL)) {
        engine_close(device);
        return NULL;
    }
    return device;
}

struct device *engine_open(const char *geometry, uint8_t *flash, bool is_checked)
{
    const struct geometry *found = geometry_named(geometry);
    return found == NULL ? NULL : engine_open_with(found, flash, is_checked);
}

void engine_close(struct device *device)
{
    stop_device(device);
    free(device->erases);
    free(device->programs);
    free(device->ram);
    free(device);
}

void engine_flash_was_filled(struct device *device)
{
    if (device->programs != NULL) {
        memset(device->programs, 0, device->geometry.size / 4);
    }
}

struct first_image {
    uint8_t device_type;
    const uint8_t *entity;
    struct octets records;
};

bool stage_records(struct octets rest)
{
    while (rest.length > 0) {
        if (rest.length < 5 || rest.length - 5 < read_le16(rest.at + 3)) {
            return false;
        }
        const struct octets body = octets_of(rest.at + 5, read_le16(rest.at + 3));
        if (stage_record(rest.at[0], read_le16(rest.at + 1), body) != STAGED) {
            return false;
        }
        rest = octets_of(body.at + body.length, rest.length - 5 - body.length);
    }
    return true;
}

static int provision(void *argument)
{
    const struct first_image *image = argument;
    changes_begin();
    if (!stage_records(image->records)) {
        changes_begin();
        return ENGINE_BAD_RECORD;
    }
    return (int)store_format(image->device_type, image->entity);
}

int engine_provision(struct device *device, uint8_t device_type, const uint8_t entity[8],
                     const uint8_t *records, size_t length)
{
    struct first_image image = {device_type, entity, octets_of(records, length)};
    run_device(device);
    return with_power(provision, &image);
}

static int power_on(void *argument)
{
    (void)argument;
    clock_start(0);
    return (int)machine_power_on();
}

int engine_power_on(struct device *device)
{
    run_device(device);
    return with_power(power_on, NULL);
}

int engine_reopen(struct device *device)
{
    run_device(device);
    return (int)store_open();
}

bool engine_set_clock(struct device *device, uint64_t seconds, uint8_t reliability)
{
    run_device(device);
    return clock_set(seconds, reliability, false, 0);
}

static int packed(uint8_t *answers, size_t room)
{
    struct writer writer = writer_over(answers, room);
    put_octet(&writer, effects.reason);
    for (size_t i = 0; i < effects.count; i++) {
        uint8_t length[4];
        write_le(length, effects.messages[i].length, sizeof length);
        put_octets(&writer, length, sizeof length);
        put_octets(&writer, effects.messages[i].at, effects.messages[i].length);
    }
    return writer.overflowed ? ENGINE_NO_ROOM : (int)writer.length;
}

static int receive(void *argument)
{
    machine_receive(*(struct octets *)argument, &effects);
    return 0;
}

int engine_receive(struct device *device, const uint8_t *octets, size_t length, uint8_t *answers,
                   size_t room)
{
    // A longer one does not fit into a frame, and a board never sees it; here it is refused for its
    // length.
    struct octets copy = octets_of(message, length < sizeof message ? length : sizeof message);
    run_device(device);
    memcpy(message, octets, copy.length);
    const int result = with_power(receive, &copy);
    return result == ENGINE_RESET ? result : packed(answers, room);
}

static int enter(void *argument)
{
    machine_enter(*(struct octets *)argument, &effects);
    return 0;
}

int engine_enter(struct device *device, const uint8_t *octets, size_t length, uint8_t *answers,
                 size_t room)
{
    struct octets digits = octets_of(octets, length);
    run_device(device);
    const int result = with_power(enter, &digits);
    return result == ENGINE_RESET ? result : packed(answers, room);
}

static int tick(void *argument)
{
    (void)argument;
    machine_tick(&effects);
    return 0;
}

int engine_tick(struct device *device, uint8_t *answers, size_t room)
{
    run_device(device);
    const int result = with_power(tick, NULL);
    return result == ENGINE_RESET ? result : packed(answers, room);
}

void engine_digest(struct device *device, uint8_t digest[32])
{
    run_device(device);
    store_digest(digest);
}

bool engine_cut(struct device *device, uint32_t operation, uint8_t flavour, uint32_t mask)
{
    run_device(device);
    return cut_arm(operation, flavour, mask);
}

void engine_wear_out(struct device *device, bool is_worn)
{
    device->is_worn = is_worn;
}

uint32_t engine_misuses(const struct device *device)
{
    return device->misuses;
}

uint32_t engine_operations(const struct device *device)
{
    return device->operations;
}

uint32_t engine_blocks(const struct device *device)
{
    return device->blocks;
}

void engine_wear(const struct device *device, uint32_t *erases)
{
    memcpy(erases, device->erases, device->blocks * sizeof *erases);
}
