// AES-128: GCM and key unwrap.
#include <openssl/evp.h>
#include <stdlib.h>

#include "crypto/crypto.h"

enum { LEAST_WRAPPED = 16, HALF = 8 };

static EVP_CIPHER_CTX *new_context(void)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context == NULL) {
        abort();
    }
    return context;
}

void crypto_gcm(const uint8_t key[AES_KEY_OCTETS], const uint8_t iv[12],
                const struct octets *parts, size_t count, uint8_t *text, size_t length,
                uint8_t tag[TAG_OCTETS])
{
    static EVP_CIPHER *cipher;
    static EVP_CIPHER_CTX *context;
    int written;
    if (context == NULL) {
        cipher = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
        context = new_context();
    }
    EVP_EncryptInit_ex2(context, cipher, key, iv, NULL);
    for (size_t i = 0; i < count; i++) {
        EVP_EncryptUpdate(context, NULL, &written, parts[i].at, (int)parts[i].length);
    }
    if (length > 0) {
        EVP_EncryptUpdate(context, text, &written, text, (int)length);
    }
    if (EVP_EncryptFinal_ex(context, tag, &written) != 1
        || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_OCTETS, tag) != 1) {
        abort();
    }
    EVP_CIPHER_CTX_reset(context);
}

void crypto_gmac(const uint8_t key[AES_KEY_OCTETS], const uint8_t iv[12],
                 const struct octets *parts, size_t count, uint8_t mac[MAC_OCTETS])
{
    uint8_t tag[TAG_OCTETS];
    crypto_gcm(key, iv, parts, count, NULL, 0, tag);
    memcpy(mac, tag, MAC_OCTETS);
}

bool crypto_unwrap_pad(const uint8_t key[AES_KEY_OCTETS], struct octets wrapped, uint8_t *plain,
                       size_t *length)
{
    if (wrapped.length < LEAST_WRAPPED || wrapped.length % HALF != 0) {
        return false;
    }
    static EVP_CIPHER *cipher;
    static EVP_CIPHER_CTX *context;
    // Where the check fails, libcrypto wipes as many octets as it was given, and not as came out.
    uint8_t *room = OPENSSL_malloc(wrapped.length);
    int written = 0;
    if (context == NULL) {
        cipher = EVP_CIPHER_fetch(NULL, "AES-128-WRAP-PAD", NULL);
        context = new_context();
    }
    if (room == NULL) {
        abort();
    }
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    const bool is_sound =
        EVP_DecryptInit_ex2(context, cipher, key, NULL, NULL) == 1
        && EVP_DecryptUpdate(context, room, &written, wrapped.at, (int)wrapped.length) == 1;
    EVP_CIPHER_CTX_reset(context);
    if (is_sound) {
        memcpy(plain, room, (size_t)written);
    } else {
        crypto_wipe(plain, wrapped.length - HALF);
    }
    OPENSSL_clear_free(room, wrapped.length);
    *length = (size_t)written;
    return is_sound;
}
