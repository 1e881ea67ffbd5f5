#include "link/boot_record.h"

#include "board.h"
#include "generated/geometry.h"
#include "generated/layout.h"
#include "link/capabilities.h"
#include "machine/machine.h"

enum { PROTOCOL_VERSION = 2, NO_DEVICE_TYPE = 0xFF, MAX_TEXT = 64 };

static struct link_boot started_with;
static enum store_result store_result;

void boot_record_start(const struct link_boot *boot)
{
    started_with = *boot;
    store_result = boot->store;
}

bool boot_self_test_passed(void)
{
    return started_with.self_test_passed;
}

enum store_result boot_store_result(void)
{
    return store_result;
}

void boot_set_store_result(enum store_result result)
{
    store_result = result;
}

static void put_number(struct writer *writer, uint32_t value, size_t octets)
{
    uint8_t number[4];
    write_le(number, value, octets);
    put_octets(writer, number, octets);
}

static void put_identity(struct writer *writer)
{
    static const uint8_t none[IDENTITY_ENTITY_OCTETS];
    bool is_running = store_result == STORE_OK;
    const uint8_t *identity = is_running ? store_body(RECORD_IDENTITY, 0) : NULL;
    const uint8_t *own = is_running ? store_body(RECORD_OWN_COUNTERS, 0) : NULL;
    put_octet(writer, identity == NULL ? NO_DEVICE_TYPE : identity[IDENTITY_DEVICE_TYPE_AT]);
    put_octets(writer, identity == NULL ? none : identity + IDENTITY_ENTITY_AT, sizeof none);
    put_number(writer, own == NULL ? 0 : read_le32(own + OWN_COUNTERS_BOOTS_AT), 4);
}

static void put_geometry(struct writer *writer)
{
    put_octet(writer, board_geometry.erased_value);
    put_octet(writer, board_geometry.write_unit);
    put_octet(writer, board_geometry.programs_per_unit);
    for (size_t i = 0; i < GEOMETRY_RUNS; i++) {
        put_number(writer, board_geometry.runs[i].count, 2);
        put_number(writer, board_geometry.runs[i].size, 4);
    }
}

static void put_text(struct writer *writer, const char *text)
{
    uint8_t length = 0;
    while (length < MAX_TEXT && text[length] != '\0') {
        length++;
    }
    put_octet(writer, length);
    put_octets(writer, text, length);
}

void put_boot_record(struct writer *writer)
{
    put_octet(writer, PROTOCOL_VERSION);
    put_number(writer, CAPABILITIES, 4);
    put_octet(writer, started_with.self_test_passed ? 0 : 1);
    put_octet(writer, (uint8_t)store_result);
    put_octet(writer, started_with.reset_cause);
    put_identity(writer);
    put_number(writer, board_ticks_per_second, 4);
    put_number(writer, MAX_MESSAGE_OCTETS, 2);
    put_geometry(writer);
    put_octets(writer, started_with.build_id, sizeof started_with.build_id);
    put_text(writer, started_with.firmware);
    put_text(writer, board_name);
}
