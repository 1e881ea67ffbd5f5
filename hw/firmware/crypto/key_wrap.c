// AES key unwrap with padding (RFC 5649).
#include "crypto/crypto.h"

#include <bearssl.h>

enum { BLOCK = 16, HALF = 8 };

static const uint8_t INITIAL_VALUE[4] = {0xA6, 0x59, 0x59, 0xA6};  // RFC 5649 3

static void decrypt(const br_aes_ct_cbcdec_keys *cipher, uint8_t block[BLOCK])
{
    uint8_t iv[BLOCK] = {0};
    br_aes_ct_cbcdec_run(cipher, iv, block, BLOCK);
}

// RFC 3394 2.2.2, the index based description: `first` is A, `rest` is R[1] to R[count].
static void unwrap(const br_aes_ct_cbcdec_keys *cipher, uint8_t first[HALF], uint8_t *rest,
                   size_t count)
{
    uint8_t block[BLOCK];
    for (size_t step = 6 * count; step > 0; step--) {
        uint8_t *half = rest + (step - 1) % count * HALF;
        memcpy(block, first, HALF);
        for (size_t i = 0, bits = step; bits > 0; i++, bits >>= 8) {
            block[HALF - 1 - i] ^= (uint8_t)bits;
        }
        memcpy(block + HALF, half, HALF);
        decrypt(cipher, block);
        memcpy(first, block, HALF);
        memcpy(half, block + HALF, HALF);
    }
    crypto_wipe(block, sizeof block);
}

// The length indicator names one of the last eight octets, and zeros follow (RFC 5649 3).
static bool is_padded(const uint8_t first[HALF], const uint8_t *plain, size_t room)
{
    const size_t length = read_be32(first + 4);
    uint8_t padding = 0;
    if (length > room || length + HALF <= room) {
        return false;
    }
    for (size_t i = length; i < room; i++) {
        padding |= plain[i];
    }
    return padding == 0;
}

bool crypto_unwrap_pad(const uint8_t key[AES_KEY_OCTETS], struct octets wrapped,
                       uint8_t *plain, size_t *length)
{
    uint8_t first[BLOCK];
    br_aes_ct_cbcdec_keys cipher;
    if (wrapped.length < BLOCK || wrapped.length % HALF != 0) {
        return false;
    }
    const size_t room = wrapped.length - HALF;
    br_aes_ct_cbcdec_init(&cipher, key, AES_KEY_OCTETS);
    memcpy(first, wrapped.at, BLOCK);
    if (room == HALF) {
        decrypt(&cipher, first);  // RFC 5649 4.2: one block is not chained
        memcpy(plain, first + HALF, HALF);
    } else {
        memmove(plain, wrapped.at + HALF, room);
        unwrap(&cipher, first, plain, room / HALF);
    }
    crypto_wipe(&cipher, sizeof cipher);
    *length = read_be32(first + 4);
    const bool sound = crypto_equal(first, INITIAL_VALUE, sizeof INITIAL_VALUE)
        && is_padded(first, plain, room);
    if (!sound) {
        crypto_wipe(plain, room);
    }
    return sound;
}
