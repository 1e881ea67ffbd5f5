// The firmware's link on a board that is none, with a machine that echoes: what tests need to
// compare it with tests/support/fake_board.py, octet for octet.
#include <setjmp.h>

#include "board.h"
#include "crypto/crypto.h"
#include "generated/geometry.h"
#include "generated/layout.h"
#include "link/link.h"
#include "machine/changes.h"
#include "machine/entries.h"
#include "machine/machine.h"
#include "machine/store.h"

enum { FLASH_OCTETS = 8 * 1024, SENT_OCTETS = 1 << 20, MAX_STAGED = 64 };

// What tests look at and set.
uint8_t stub_flash[FLASH_OCTETS];
uint8_t stub_sent[SENT_OCTETS];
size_t stub_sent_length;
uint32_t stub_milliseconds;
uint32_t stub_due;
uint32_t stub_due_octets = 3;
size_t stub_received;
bool stub_self_test = true;
void stub_power_on(uint8_t cause);
void stub_take(const uint8_t *octets, size_t length);
void stub_time_passes(void);
void stub_program(uint32_t offset, uint32_t word);
void stub_blank(void);

// What crypto_wipe last overwrote.
const uint8_t *stub_wiped;
size_t stub_wiped_length;

const struct geometry board_geometry = {
    .size = FLASH_OCTETS,
    .runs = {{8, 1024}},
    .areas = {{0, 4096, 0, 4}, {4096, 4096, 4, 4}},
    .write_unit = 4,
    .programs_per_unit = 1,
    .erased_value = 0xFF,
};
const char board_name[] = "none";
const uint8_t *const board_flash = stub_flash;
const uint32_t board_ticks_per_second = 1000000;

static jmp_buf powered;
static uint32_t ticks;
static uint8_t identity[BODY_OCTETS_IDENTITY];
static uint8_t own_counters[BODY_OCTETS_OWN_COUNTERS];
static bool is_provisioned;
static struct {
    size_t length;
    uint8_t body[BODY_OCTETS_DEVICE_CERTIFICATE];
} staged[MAX_STAGED];
static size_t staged_count;
static bool overflowed;

// --- the board -------------------------------------------------------------------------------

void board_start(void)
{
}

int board_receive(void)
{
    return -1;
}

void board_send(const uint8_t *octets, size_t length)
{
    if (length <= sizeof stub_sent - stub_sent_length) {
        memcpy(stub_sent + stub_sent_length, octets, length);
        stub_sent_length += length;
    }
}

uint32_t board_milliseconds(void)
{
    return stub_milliseconds;
}

uint32_t board_ticks(void)
{
    return ticks;
}

uint32_t board_stack_octets(void)
{
    return 0;
}

void board_reset(void)
{
    longjmp(powered, 1);
}

#include "link/cut.h"

void flash_program_word(uint32_t offset, uint32_t word)
{
    word = cut_before_program(offset, word);
    write_le(stub_flash + offset, read_le32(stub_flash + offset) & word, 4);
    cut_after_operation();
}

void flash_erase_block(uint32_t block)
{
    cut_before_erase(block);
    memset(stub_flash + block * 1024, 0xFF, 1024);
    is_provisioned = false;
    cut_after_operation();
}

// --- the store -------------------------------------------------------------------------------

void changes_begin(void)
{
    staged_count = 0;
    overflowed = false;
}

uint8_t *changes_put(uint8_t kind, uint16_t index)
{
    (void)index;
    if (staged_count == MAX_STAGED) {
        overflowed = true;
        return staged[0].body;
    }
    staged[staged_count].length = body_octets(kind);
    return staged[staged_count++].body;
}

bool changes_overflowed(void)
{
    return overflowed;
}

const uint8_t *store_body(uint8_t kind, uint16_t index)
{
    (void)index;
    return kind == RECORD_IDENTITY ? identity : own_counters;
}

enum store_result store_format(uint8_t device_type, const uint8_t entity[8])
{
    uint8_t *at = stub_flash;
    for (size_t i = 0; i < staged_count; i++) {
        memcpy(at, staged[i].body, staged[i].length);
        at += staged[i].length;
    }
    identity[IDENTITY_DEVICE_TYPE_AT] = device_type;
    memcpy(identity + IDENTITY_ENTITY_AT, entity, 8);
    memset(own_counters, 0, sizeof own_counters);
    is_provisioned = true;
    return STORE_OK;
}

void store_digest(uint8_t digest[32])
{
    for (uint8_t i = 0; i < 32; i++) {
        digest[i] = i;
    }
}

uint32_t store_generation(void)
{
    return 3;
}

// --- the machine -----------------------------------------------------------------------------

static uint8_t echo[MAX_MESSAGE_OCTETS];

enum store_result machine_power_on(void)
{
    if (!is_provisioned) {
        return STORE_NO_AREA;
    }
    own_counters[OWN_COUNTERS_BOOTS_AT]++;
    return STORE_OK;
}

void machine_receive(struct octets message, struct effects *effects)
{
    stub_received++;
    ticks += (uint32_t)message.length;
    memcpy(echo, message.at, message.length);
    *effects = (struct effects){0, 1, {{echo, message.length}}};
}

void machine_enter(struct octets digits, struct effects *effects)
{
    machine_receive(digits, effects);
}

void machine_tick(struct effects *effects)
{
    ticks += 7;
    *effects = (struct effects){0, 0, {{NULL, 0}}};
    if (stub_due > 0) {
        stub_due--;
        memset(echo, 'd', sizeof echo);
        *effects = (struct effects){0, 4, {{echo, stub_due_octets},
                                           {echo, stub_due_octets},
                                           {echo, stub_due_octets},
                                           {echo, stub_due_octets}}};
    }
}

// --- the primitives --------------------------------------------------------------------------

void crypto_wipe(void *at, size_t length)
{
    memset(at, 0, length);
    stub_wiped = at;
    stub_wiped_length = length;
}

void crypto_sha256(struct octets data, uint8_t digest[DIGEST_OCTETS])
{
    (void)data;
    ticks += 100;
    memset(digest, 1, DIGEST_OCTETS);
}

bool crypto_verify(const uint8_t point[POINT_OCTETS], const uint8_t digest[DIGEST_OCTETS],
                   const uint8_t signature[SIGNATURE_OCTETS])
{
    (void)point, (void)digest, (void)signature;
    ticks += 100;
    return true;
}

void crypto_sign(const uint8_t scalar[SCALAR_OCTETS], const uint8_t digest[DIGEST_OCTETS],
                 uint8_t signature[SIGNATURE_OCTETS])
{
    (void)scalar, (void)digest;
    ticks += 100;
    memset(signature, 2, SIGNATURE_OCTETS);
}

bool crypto_public_key(const uint8_t scalar[SCALAR_OCTETS], uint8_t point[POINT_OCTETS])
{
    (void)scalar;
    ticks += 100;
    memset(point, 4, POINT_OCTETS);
    return true;
}

bool crypto_agree(const uint8_t scalar[SCALAR_OCTETS], const uint8_t point[POINT_OCTETS],
                  uint8_t secret[SECRET_OCTETS])
{
    (void)scalar, (void)point;
    ticks += 100;
    memset(secret, 3, SECRET_OCTETS);
    return true;
}

void crypto_gmac(const uint8_t key[AES_KEY_OCTETS], const uint8_t iv[12],
                 const struct octets *parts, size_t count, uint8_t mac[MAC_OCTETS])
{
    (void)key, (void)iv, (void)parts, (void)count;
    ticks += 100;
    memset(mac, 5, MAC_OCTETS);
}

// --- what the tests call ---------------------------------------------------------------------

void stub_power_on(uint8_t cause)
{
    struct link_boot boot = {cause, stub_self_test, STORE_FAILED, "fake 1", {0}};
    for (uint8_t i = 0; i < 32; i++) {
        boot.build_id[i] = i;
    }
    cut_start();
    if (stub_self_test) {
        boot.store = machine_power_on();
    }
    link_start(&boot);
}

void stub_take(const uint8_t *octets, size_t length)
{
    for (volatile size_t i = 0; i < length; i++) {
        if (setjmp(powered)) {
            stub_power_on(RESET_SOFTWARE);
        } else {
            link_take(octets[i]);
        }
    }
}

void stub_blank(void)
{
    memset(stub_flash, 0xFF, sizeof stub_flash);
    is_provisioned = false;
}

void stub_time_passes(void)
{
    link_time_passes();
}

void stub_program(uint32_t offset, uint32_t word)
{
    if (setjmp(powered)) {
        stub_power_on(RESET_SOFTWARE);
    } else {
        flash_program_word(offset, word);
    }
}
