// SHA-256, SHA-1 and HMAC. The low-level functions need no memory and no lookup a call.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "crypto/crypto.h"

enum { BLOCK_OCTETS = 64 };

static void update(SHA256_CTX *context, const struct octets *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        SHA256_Update(context, parts[i].at, parts[i].length);
    }
}

void crypto_sha256(struct octets data, uint8_t digest[DIGEST_OCTETS])
{
    crypto_sha256_of(&data, 1, digest);
}

void crypto_sha256_of(const struct octets *parts, size_t count, uint8_t digest[DIGEST_OCTETS])
{
    SHA256_CTX context;
    SHA256_Init(&context);
    update(&context, parts, count);
    SHA256_Final(digest, &context);
}

void crypto_sha1(struct octets data, uint8_t digest[20])
{
    SHA1(data.at, data.length, digest);
}

static void start(SHA256_CTX *context, const uint8_t key[BLOCK_OCTETS], uint8_t pad)
{
    uint8_t block[BLOCK_OCTETS];
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] = key[i] ^ pad;
    }
    SHA256_Init(context);
    SHA256_Update(context, block, sizeof block);
    crypto_wipe(block, sizeof block);
}

// RFC 2104. libcrypto's own takes four allocations a call, and a signature takes six calls.
void crypto_hmac(struct octets key, const struct octets *parts, size_t count,
                 uint8_t code[DIGEST_OCTETS])
{
    uint8_t block[BLOCK_OCTETS] = {0}, inner[DIGEST_OCTETS];
    SHA256_CTX context;
    if (key.length > sizeof block) {
        crypto_sha256(key, block);
    } else {
        memcpy(block, key.at, key.length);
    }
    start(&context, block, 0x36);
    update(&context, parts, count);
    SHA256_Final(inner, &context);
    start(&context, block, 0x5C);
    SHA256_Update(&context, inner, sizeof inner);
    SHA256_Final(code, &context);
    crypto_wipe(block, sizeof block);
    crypto_wipe(&context, sizeof context);
}
