// The static memory of the firmware, of which each device has a copy. The linker puts all of it in
// one place (ram.ld), but for buffers that mean nothing between two inputs (SCRATCH in octets.h).
#include <stdlib.h>

#include "gbcs/signature_facts.h"
#include "native/device.h"
#include "native/watch.h"

extern uint8_t firmware_ram_start[], firmware_ram_end[];

struct device *running;

static uint8_t *at_start;

static size_t ram_octets(void)
{
    return (size_t)(firmware_ram_end - firmware_ram_start);
}

#ifdef ENGINE_IS_CHECKED
// By words, and unseen by AddressSanitizer: it knows the variables, and not that all of them are
// copied with what it put between them.
__attribute__((no_sanitize("address"))) static void copy_ram(void *to, const void *from)
{
    volatile uint64_t *target = to;
    const volatile uint64_t *source = from;
    for (size_t i = 0; i < ram_octets() / sizeof *target; i++) {
        target[i] = source[i];
    }
}
#else
static void copy_ram(void *to, const void *from)
{
    memcpy(to, from, ram_octets());
}
#endif

// As a board's start-up code leaves it.
static bool keep_beginning(void)
{
    if (at_start == NULL && (at_start = malloc(ram_octets())) != NULL) {
        copy_ram(at_start, firmware_ram_start);
    }
    return at_start != NULL;
}

uint8_t *new_ram(void)
{
    uint8_t *ram = keep_beginning() ? malloc(ram_octets()) : NULL;
    if (ram != NULL) {
        copy_ram(ram, at_start);
    }
    return ram;
}

void run_device(struct device *device)
{
    if (device == running) {
        return;
    }
    if (running != NULL) {
        copy_ram(running->ram, firmware_ram_start);
    }
    copy_ram(firmware_ram_start, device->ram);
    running = device;
    board_becomes(device);
    signature_facts_forget();
}

__attribute__((no_sanitize("address"))) uint64_t mark_of_ram(void)
{
    const volatile uint64_t *words = (const void *)firmware_ram_start;
    uint64_t mark = 0;
    for (size_t i = 0; i < ram_octets() / sizeof *words; i++) {
        mark += mixed(words[i], i);
    }
    return mark;
}

void stop_device(const struct device *device)
{
    if (device == running) {
        running = NULL;
    }
}
