// Counters since the start (PROTOCOL.md, 5.8).
#ifndef LINK_STATISTICS_H
#define LINK_STATISTICS_H

#include "octets.h"

struct link_counts {
    uint32_t good_frames;
    uint32_t bad_frames;
    uint32_t ignored_frames;
    uint32_t repeated_answers;
    uint32_t rejects;
    uint32_t events;
    uint32_t lost_events;
    uint32_t last_ticks;
};

// The module that sees what is counted adds to it; link_start sets all to zero.
extern struct link_counts count_of;

void put_statistics(struct writer *writer);

#endif
