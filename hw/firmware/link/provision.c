#include "link/provision.h"

#include "board.h"
#include "generated/geometry.h"
#include "generated/layout.h"
#include "link/boot_record.h"
#include "link/frame.h"
#include "machine/machine.h"
#include "machine/store.h"

static const uint16_t body_octets[] = BODY_OCTETS_BY_KIND;
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

static enum decline_reason stage_record(struct octets payload)
{
    uint8_t kind = payload.at[0];
    struct octets body = octets_of(payload.at + 3, payload.length - 3);
    if (kind >= sizeof body_octets / sizeof *body_octets || body_octets[kind] == 0) {
        return DECLINE_BAD_VALUE;
    }
    if (body.length != body_octets[kind]) {
        return DECLINE_BAD_LENGTH;
    }
    stage();
    uint8_t *staged = changes_put(kind, read_le16(payload.at + 1));
    if (staged == NULL) {
        return DECLINE_NO_ROOM;
    }
    memcpy(staged, body.at, body.length);
    return DECLINE_NOTHING;
}

enum decline_reason provision_record(struct octets payload, struct writer *answer)
{
    enum decline_reason reason = check_blank();
    if (reason == DECLINE_NOTHING) {
        reason = stage_record(payload);
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
