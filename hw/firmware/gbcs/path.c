#include "gbcs/path.h"

#include "generated/tables.h"
#include "gbcs/der.h"
#include "gbcs/name.h"
#include "gbcs/signature_facts.h"

static const uint8_t any_policy[] = {0x55, 0x1D, 0x20, 0x00};

// The state of a search.
struct search {
    const struct certificate *candidates;
    size_t count;
    const struct anchor *anchor;
    struct path *path;
};

bool path_is_signed_by(const struct certificate *certificate,
                       const uint8_t issuer_key[POINT_OCTETS])
{
    const struct octets parts[] = {certificate->octets, octets_of(issuer_key, POINT_OCTETS)};
    uint8_t fact[DIGEST_OCTETS], digest[DIGEST_OCTETS];
    if (!certificate->has_signature) {
        return false;
    }
    crypto_sha256_of(parts, 2, fact);
    bool is_good;
    if (!signature_fact_find(fact, &is_good)) {
        crypto_sha256(certificate->tbs, digest);
        is_good = crypto_verify(issuer_key, digest, certificate->signature);
        signature_fact_add(fact, is_good);
    }
    return is_good;
}

// RFC 5280 6.1.3 (a)(4) and GBCS 12: by name and by key identifier; an absent one never chains.
static bool is_issued_by(const struct certificate *certificate, struct octets name,
                         struct octets key_identifier)
{
    return certificate->authority_key_identifier.length > 0
        && octets_equal(certificate->authority_key_identifier, key_identifier)
        && names_match(certificate->issuer, name);
}

// The next of a certificate's policies; empty after the last.
static struct octets next_policy(struct der *policies)
{
    struct der entry = der_enter(policies, DER_SEQUENCE);
    return der_next(&entry, DER_OBJECT_IDENTIFIER);
}

static bool has_policy(const struct certificate *certificate, struct octets policy)
{
    struct der policies = der_over(certificate->policies);
    while (der_more(&policies)) {
        if (octets_equal(next_policy(&policies), policy)) {
            return true;
        }
    }
    return false;
}

static bool has_any_policy(const struct certificate *certificate)
{
    return has_policy(certificate, octets_of(any_policy, sizeof any_policy));
}

static bool all_have(const struct path *path, struct octets policy)
{
    for (size_t i = 0; i < path->count; i++) {
        const struct certificate *each = path->certificates[i];
        if (!has_policy(each, policy) && !has_any_policy(each)) {
            return false;
        }
    }
    return true;
}

// RFC 5280 6.1.3 (d)-(f) with initial-explicit-policy and without mappings.
static bool share_a_policy(const struct path *path)
{
    size_t i = 0;
    while (i < path->count && has_any_policy(path->certificates[i])) {
        i++;
    }
    if (i == path->count) {
        return true;
    }
    struct der policies = der_over(path->certificates[i]->policies);
    while (der_more(&policies)) {
        if (all_have(path, next_policy(&policies))) {
            return true;
        }
    }
    return false;
}

// RFC 5280 6.1.4 (k), (l), (n): an authority, that may sign certificates, this far up.
static bool may_issue(const struct certificate *issuer, const struct path *path)
{
    int32_t below = 0;
    if (!issuer->is_ca || (issuer->key_usages >> KEY_USAGE_KEY_CERT_SIGN & 1) == 0) {
        return false;
    }
    for (size_t i = 1; i < path->count; i++) {
        below += !certificate_is_self_issued(path->certificates[i]);
    }
    return issuer->path_length < 0 || below <= issuer->path_length;
}

static bool is_in(const struct path *path, const struct certificate *certificate)
{
    for (size_t i = 1; i < path->count; i++) {
        if (path->certificates[i] == certificate) {
            return true;
        }
    }
    return false;
}

// Whether the last certificate of the path can be followed to the anchor; the path then is. It
// calls itself at most MAX_INTERMEDIATES deep, since no candidate is in a path twice.
static bool climb(const struct search *search)
{
    struct path *path = search->path;
    size_t count = path->count;
    const struct certificate *last = path->certificates[count - 1];
    const struct anchor *anchor = search->anchor;
    if (last->unknown_critical || (last->critical >> EXTENSION_CERTIFICATE_POLICIES & 1) == 0
        || !share_a_policy(path)) {
        return false;
    }
    if (is_issued_by(last, anchor->subject, octets_of(anchor->key_identifier, 8))
        && path_is_signed_by(last, anchor->public_key)) {
        return true;
    }
    for (size_t i = 0; i < search->count; i++) {
        const struct certificate *issuer = &search->candidates[i];
        if (!is_issued_by(last, issuer->subject, issuer->key_identifier) || is_in(path, issuer)
            || !may_issue(issuer, path)) {
            continue;
        }
        path->certificates[path->count++] = issuer;
        // The issuer's own path first: it is shared, so its signature is likely known.
        if (climb(search) && path_is_signed_by(last, issuer->public_key)) {
            return true;
        }
        path->count = count;
    }
    return false;
}

bool path_validate(const struct certificate *certificate, const struct certificate *intermediates,
                   size_t count, const struct anchor *anchor, struct path *path)
{
    const struct search search = {intermediates, count, anchor, path};
    path->count = 1;
    path->certificates[0] = certificate;
    return count <= MAX_INTERMEDIATES && climb(&search);
}
