// What a build can be asked (PROTOCOL.md, 6.1). The line has no password: a person at its end could read the private keys out of the flash, set the clock, cut the power and erase. A closed
// build (-DLINK_CLOSED) leaves the code of these four out; it is otherwise the same firmware.
#ifndef LINK_CAPABILITIES_H
#define LINK_CAPABILITIES_H

enum capability {
    CAPABILITY_TICK = 1 << 0,
    CAPABILITY_CLOCK = 1 << 1,
    CAPABILITY_PROVISION = 1 << 2,
    CAPABILITY_ERASE = 1 << 3,
    CAPABILITY_CUT = 1 << 4,
    CAPABILITY_DIGEST = 1 << 5,
    CAPABILITY_READ = 1 << 6,
    CAPABILITY_STATISTICS = 1 << 7,
    CAPABILITY_RESET = 1 << 8,
    CAPABILITY_MEASURE = 1 << 9,
    CAPABILITY_EVENTS = 1 << 10,
    CAPABILITY_WORKING = 1 << 11,
    CAPABILITY_ENTER = 1 << 12,
};

enum {
    BENCH_CAPABILITIES = CAPABILITY_CLOCK | CAPABILITY_ERASE | CAPABILITY_CUT | CAPABILITY_READ,
    CLOSED_CAPABILITIES = CAPABILITY_TICK | CAPABILITY_PROVISION | CAPABILITY_DIGEST
        | CAPABILITY_STATISTICS | CAPABILITY_RESET | CAPABILITY_MEASURE | CAPABILITY_EVENTS
        | CAPABILITY_WORKING | CAPABILITY_ENTER,
#ifdef LINK_CLOSED
    CAPABILITIES = CLOSED_CAPABILITIES,
#else
    CAPABILITIES = CLOSED_CAPABILITIES | BENCH_CAPABILITIES,
#endif
};

#endif
