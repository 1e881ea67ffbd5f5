#include "link/requests.h"

#include "board.h"
#include "generated/geometry.h"
#include "link/boot_record.h"
#include "link/cut.h"
#include "link/measure.h"
#include "link/provision.h"
#include "link/result.h"
#include "link/statistics.h"
#include "machine/clock.h"
#include "machine/machine.h"
#include "machine/store.h"

static enum decline_reason answer_status(struct writer *answer, uint8_t status)
{
    put_octet(answer, status);
    return DECLINE_NOTHING;
}

static enum decline_reason hello(struct octets payload, struct writer *answer)
{
    (void)payload;
    put_boot_record(answer);
    return DECLINE_NOTHING;
}

static enum decline_reason message(struct octets payload, struct writer *answer)
{
    struct effects effects;
    if (boot_store_result() != STORE_OK) {
        return DECLINE_NOT_RUNNING;
    }
    uint32_t started = board_ticks();
    machine_receive(payload, &effects);
    return put_result(answer, &effects, board_ticks() - started);
}

// The digits that a customer types in at the meter.
static enum decline_reason enter(struct octets payload, struct writer *answer)
{
    struct effects effects;
    if (boot_store_result() != STORE_OK) {
        return DECLINE_NOT_RUNNING;
    }
    uint32_t started = board_ticks();
    machine_enter(payload, &effects);
    return put_result(answer, &effects, board_ticks() - started);
}

static enum decline_reason tick(struct octets payload, struct writer *answer)
{
    struct effects effects;
    (void)payload;
    if (boot_store_result() != STORE_OK) {
        return DECLINE_NOT_RUNNING;
    }
    uint32_t started = board_ticks();
    machine_tick(&effects);
    return put_result(answer, &effects, board_ticks() - started);
}

#ifndef LINK_CLOSED
static enum decline_reason set_clock(struct octets payload, struct writer *answer)
{
    uint64_t seconds = read_le64(payload.at);
    uint8_t runs = payload.at[9];
    if (runs > 1 || !clock_set(seconds, payload.at[8], runs == 1, board_milliseconds())) {
        return DECLINE_BAD_VALUE;
    }
    return answer_status(answer, 0);
}

static enum decline_reason arm_cut(struct octets payload, struct writer *answer)
{
    if (!cut_arm(read_le32(payload.at), payload.at[4], read_le32(payload.at + 5))) {
        return DECLINE_BAD_VALUE;
    }
    return answer_status(answer, 0);
}

enum { MAX_READ_OCTETS = 4096 };

static enum decline_reason read_flash(struct octets payload, struct writer *answer)
{
    uint32_t offset = read_le32(payload.at);
    uint16_t length = read_le16(payload.at + 4);
    if (length > MAX_READ_OCTETS || offset > board_geometry.size
        || length > board_geometry.size - offset) {
        return DECLINE_BAD_VALUE;
    }
    put_octets(answer, board_flash + offset, length);
    return DECLINE_NOTHING;
}
#endif

static enum decline_reason digest(struct octets payload, struct writer *answer)
{
    (void)payload;
    if (boot_store_result() != STORE_OK) {
        return DECLINE_NOT_RUNNING;
    }
    uint8_t octets[32 + 4];
    store_digest(octets);
    write_le(octets + 32, store_generation(), 4);
    put_octets(answer, octets, sizeof octets);
    return DECLINE_NOTHING;
}

static enum decline_reason statistics(struct octets payload, struct writer *answer)
{
    (void)payload;
    put_statistics(answer);
    return DECLINE_NOTHING;
}

// The reset follows once the answer is sent: see link.c.
static enum decline_reason reset(struct octets payload, struct writer *answer)
{
    (void)payload;
    return answer_status(answer, 0);
}

static const struct request requests[] = {
    {REQUEST_HELLO, 0, 0, 0, hello},
    {REQUEST_MESSAGE, 1, 1, MAX_MESSAGE_OCTETS, message},
    {REQUEST_TICK, 1, 0, 0, tick},
    {REQUEST_RECORD, 0, 3, 0xFFFF, provision_record},
    {REQUEST_PROVISION, 1, 9, 9, provision_finish},
    {REQUEST_DIGEST, 0, 0, 0, digest},
    {REQUEST_STATISTICS, 0, 0, 0, statistics},
    {REQUEST_RESET, 0, 0, 0, reset},
    {REQUEST_MEASURE, 1, 5, 5, measure},
    {REQUEST_ENTER, 1, 0, MAX_ENTERED_OCTETS, enter},
#ifndef LINK_CLOSED
    {REQUEST_CLOCK, 0, 10, 10, set_clock},
    {REQUEST_ERASE, 1, 5, 5, provision_erase},
    {REQUEST_CUT, 0, 9, 9, arm_cut},
    {REQUEST_READ, 0, 6, 6, read_flash},
#endif
};

const struct request *request_of(uint8_t type)
{
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        if (requests[i].type == type) {
            return &requests[i];
        }
    }
    return NULL;
}
