#include <openssl/crypto.h>

#include "crypto/crypto.h"
#include "native/engine.h"

bool crypto_equal(const void *one, const void *other, size_t length)
{
    return CRYPTO_memcmp(one, other, length) == 0;
}

void crypto_wipe(void *at, size_t length)
{
    OPENSSL_cleanse(at, length);
}

const char *engine_cryptography(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
