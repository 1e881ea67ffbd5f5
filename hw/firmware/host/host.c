#include "host/host.h"

#include <setjmp.h>

#include "board.h"
#include "link/cut.h"
#include "machine/clock.h"
#include "machine/machine.h"

static jmp_buf powered;
static struct effects effects;
static uint8_t message[MAX_MESSAGE_OCTETS];

void board_reset(void)
{
    cut_start();
    longjmp(powered, 1);
}

int host_run(int (*work)(void *), void *argument)
{
    return setjmp(powered) ? HOST_RESET : work(argument);
}

static int power_on(void *argument)
{
    (void)argument;
    clock_start(host_milliseconds);
    memset(&effects, 0, sizeof effects);
    return (int)machine_power_on();
}

int host_power_on(void)
{
    return host_run(power_on, NULL);
}

static int receive(void *argument)
{
    machine_receive(*(struct octets *)argument, &effects);
    return effects.count;
}

int host_receive(const uint8_t *octets, size_t length)
{
    // Longer ones do not fit into a frame; the board never sees them.
    struct octets copy = octets_of(message, length < sizeof message ? length : sizeof message);
    memcpy(message, octets, copy.length);
    return host_run(receive, &copy);
}

static int tick(void *argument)
{
    (void)argument;
    machine_tick(&effects);
    return effects.count;
}

int host_tick(void)
{
    return host_run(tick, NULL);
}

uint8_t host_reason(void)
{
    return effects.reason;
}

const uint8_t *host_message(uint8_t number, size_t *length)
{
    if (number >= effects.count) {
        return NULL;
    }
    *length = effects.messages[number].length;
    return effects.messages[number].at;
}

bool host_set_clock(uint64_t seconds, uint8_t reliability)
{
    return clock_set(seconds, reliability, false, host_milliseconds);
}

bool host_cut(uint32_t operation, uint8_t flavour, uint32_t mask)
{
    return cut_arm(operation, flavour, mask);
}
