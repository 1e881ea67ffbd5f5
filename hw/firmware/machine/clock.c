#include "machine/clock.h"

// 9999-12-31 23:59:59: the last that a GeneralizedTime can say.
#define LAST_SECOND 253402300799u

static struct clock_reading reading;
static bool is_running;
static uint32_t counted_to;

void clock_start(uint32_t milliseconds)
{
    reading = (struct clock_reading){0, CLOCK_INVALID};
    is_running = false;
    counted_to = milliseconds;
}

bool clock_set(uint64_t seconds, uint8_t reliability, bool runs, uint32_t milliseconds)
{
    if (seconds > LAST_SECOND || reliability > CLOCK_INVALID) {
        return false;
    }
    reading = (struct clock_reading){seconds, reliability};
    is_running = runs;
    counted_to = milliseconds;
    return true;
}

struct clock_reading clock_now(void)
{
    return reading;
}

bool clock_has_reached(uint64_t seconds)
{
    return reading.reliability != CLOCK_INVALID && seconds <= reading.seconds;
}

uint32_t clock_advance(uint32_t milliseconds)
{
    if (!is_running) {
        return 0;
    }
    uint32_t seconds = (milliseconds - counted_to) / 1000;
    counted_to += seconds * 1000;
    reading.seconds += seconds;
    return seconds;
}
