#include "link/provision.h"

#include "board.h"
#include "generated/geometry.h"
#include "link/boot_record.h"
#include "link/frame.h"
#include "machine/machine.h"
#include "machine/staging.h"
#include "machine/store.h"

static bool is_staging;

void provision_start(void)
{
    is_staging = false;
}

static void stage(void)
{
    if (!is_staging) {
        changes_begin();
        is_staging = true;
    }
}

static enum decline_reason check_blank(void)
{
    if (!boot_self_test_passed()) {
        return DECLINE_SELF_TEST;
    }
    return boot_store_result() == STORE_NO_AREA ? DECLINE_NOTHING : DECLINE_PROVISIONED;
}

static enum decline_reason put_record(struct octets payload)
{
    static const uint8_t reasons[] = {
        [STAGED] = DECLINE_NOTHING,
        [STAGING_BAD_KIND] = DECLINE_BAD_VALUE,
        [STAGING_BAD_LENGTH] = DECLINE_BAD_LENGTH,
        [STAGING_NO_ROOM] = DECLINE_NO_ROOM,
    };
    const struct octets body = octets_of(payload.at + 3, payload.length - 3);
    stage();
    return reasons[stage_record(payload.at[0], read_le16(payload.at + 1), body)];
}

enum decline_reason provision_record(struct octets payload, struct writer *answer)
{
    enum decline_reason reason = check_blank();
    if (reason == DECLINE_NOTHING) {
        reason = put_record(payload);
    }
    frame_wipe();  // it may have been a private key
    put_octet(answer, STORE_OK);
    return reason;
}

static void power_on(struct writer *answer)
{
    enum store_result result = machine_power_on();
    boot_set_store_result(result);
    put_octet(answer, (uint8_t)result);
}

enum decline_reason provision_finish(struct octets payload, struct writer *answer)
{
    enum decline_reason reason = check_blank();
    if (reason != DECLINE_NOTHING) {
        return reason;
    }
    uint8_t device_type = payload.at[0];
    if (device_type >= 32 || (DEVICE_TYPES >> device_type & 1) == 0) {
        return DECLINE_BAD_VALUE;
    }
    stage();
    is_staging = false;
    enum store_result result = store_format(device_type, payload.at + 1);
    if (result == STORE_OK) {
        power_on(answer);
    } else {
        put_octet(answer, (uint8_t)result);
    }
    return DECLINE_NOTHING;
}

#ifndef LINK_CLOSED
enum decline_reason provision_erase(struct octets payload, struct writer *answer)
{
    if (memcmp(payload.at, "ERASE", 5) != 0) {
        return DECLINE_BAD_VALUE;
    }
    uint32_t blocks = 0;
    for (size_t i = 0; i < GEOMETRY_RUNS; i++) {
        blocks += board_geometry.runs[i].count;
    }
    for (uint32_t block = 0; block < blocks; block++) {
        flash_erase_block(block);
    }
    is_staging = false;
    if (boot_self_test_passed()) {
        power_on(answer);
    } else {
        put_octet(answer, (uint8_t)boot_store_result());
    }
    return DECLINE_NOTHING;
}
#endif
