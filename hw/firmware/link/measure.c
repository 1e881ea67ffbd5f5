#include "link/measure.h"

#include "board.h"
#include "crypto/crypto.h"
#include "machine/machine.h"

enum operation {
    MEASURE_VERIFY = 1,
    MEASURE_SIGN = 2,
    MEASURE_AGREE = 3,
    MEASURE_GMAC = 4,
    MEASURE_SHA256 = 5,
    MEASURE_PUBLIC_KEY = 6,
};

enum { MAX_COUNT = 1000 };

// Any octets will do: the times of these operations do not depend on them.
static struct {
    uint8_t scalar[SCALAR_OCTETS];
    uint8_t point[POINT_OCTETS];
    uint8_t digest[DIGEST_OCTETS];
    uint8_t signature[SIGNATURE_OCTETS];
} sample;

static void prepare(void)
{
    crypto_sha256(octets_of("measure", 7), sample.digest);
    memcpy(sample.scalar, sample.digest, sizeof sample.scalar);
    crypto_public_key(sample.scalar, sample.point);
    crypto_sign(sample.scalar, sample.digest, sample.signature);
}

static void carry_out(uint8_t operation, struct octets data)
{
    uint8_t out[POINT_OCTETS];
    switch (operation) {
    case MEASURE_VERIFY:
        (void)crypto_verify(sample.point, sample.digest, sample.signature);
        break;
    case MEASURE_SIGN:
        crypto_sign(sample.scalar, sample.digest, sample.signature);
        break;
    case MEASURE_AGREE:
        (void)crypto_agree(sample.scalar, sample.point, out);
        break;
    case MEASURE_GMAC:
        crypto_gmac(sample.digest, sample.scalar, &data, 1, out);
        break;
    case MEASURE_SHA256:
        crypto_sha256(data, out);
        break;
    default:
        crypto_public_key(sample.scalar, out);
        break;
    }
}

enum decline_reason measure(struct octets payload, struct writer *answer)
{
    uint8_t operation = payload.at[0];
    uint16_t count = read_le16(payload.at + 1);
    uint16_t length = read_le16(payload.at + 3);
    if (operation < MEASURE_VERIFY || operation > MEASURE_PUBLIC_KEY || count == 0
        || count > MAX_COUNT || length > MAX_MESSAGE_OCTETS) {
        return DECLINE_BAD_VALUE;
    }
    prepare();
    // The answer's own buffer is as good as any, and long enough.
    struct octets data = octets_of(answer->at, length);
    uint32_t started = board_ticks();
    while (count-- > 0) {
        carry_out(operation, data);
    }
    uint8_t ticks[4];
    write_le(ticks, board_ticks() - started, sizeof ticks);
    put_octets(answer, ticks, sizeof ticks);
    return DECLINE_NOTHING;
}
