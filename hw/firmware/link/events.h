// A running clock: the machine ticks unasked, and what comes of it is sent until it is
// acknowledged (PROTOCOL.md, 5.3 and 5.4).
#ifndef LINK_EVENTS_H
#define LINK_EVENTS_H

#include <stdint.h>

void events_start(void);
void events_acknowledge(uint8_t sequence);
void events_time_passes(void);

#endif
