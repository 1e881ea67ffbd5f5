// A device of the engine, and the board that it is while it runs.
#ifndef NATIVE_DEVICE_H
#define NATIVE_DEVICE_H

#include "generated/geometry.h"
#include "octets.h"
#include "native/engine.h"

struct watch;

struct device {
    struct geometry geometry;
    uint8_t *flash;
    uint32_t blocks;
    uint32_t *erases;
    uint8_t *programs;  // of each word since its erase; NULL if it is not checked
    uint32_t misuses;
    uint32_t operations;
    bool is_worn;
    uint8_t *ram;       // the firmware's, while another device runs
    struct watch *watch;  // NULL: its flash is not watched
};

// The board that runs; NULL before the first.
extern struct device *running;

// From here on the firmware works on this device.
void run_device(struct device *device);

// Its geometry and its flash are the board's; run_device calls it.
void board_becomes(struct device *device);

// A copy of the firmware's memory as it is at the start; NULL: no memory.
uint8_t *new_ram(void);

// A number for what the firmware's memory holds while a device runs.
uint64_t mark_of_ram(void);

// The device is no more.
void stop_device(const struct device *device);

// Adds records to the changes, as engine_provision takes them; false: one is none.
bool stage_records(struct octets records);

// Calls something that runs on the firmware: ENGINE_RESET if a cut came.
int with_power(int (*work)(void *), void *argument);

#endif
