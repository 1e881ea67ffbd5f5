// Feeds octets to everything that reads certificates (libFuzzer, under AddressSanitizer). The first
// octet of an input chooses what the others are.
#include <stdlib.h>

#include "gbcs/certificate.h"
#include "gbcs/name.h"
#include "gbcs/path.h"
#include "gbcs/signature_facts.h"

enum { CERTIFICATE, TWO_NAMES, CONTINGENCY_KEY, PATH, CHOICES };

static const uint8_t symmetric_key[AES_KEY_OCTETS];

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

// A view is either none or lies within the octets that were parsed.
static void require_inside(struct octets view, struct octets octets)
{
    require(view.at == NULL
            || (view.at >= octets.at && view.length <= octets.length
                && (size_t)(view.at - octets.at) <= octets.length - view.length));
}

static void use_certificate(struct octets octets)
{
    struct certificate certificate;
    if (!certificate_parse(octets, &certificate)) {
        return;
    }
    const struct octets views[] = {
        certificate.tbs,
        certificate.serial,
        certificate.issuer,
        certificate.subject,
        octets_of(certificate.public_key, POINT_OCTETS),
        certificate.key_identifier,
        certificate.authority_key_identifier,
        certificate.policies,
        certificate.device_entity,
        certificate.wrapped_contingency_key,
    };
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        require_inside(views[i], octets);
    }
    unsigned kinds = 0;
    for (int kind = KIND_ROOT_OCA; kind <= KIND_DEVICE; kind++) {
        kinds += certificate_conforms(&certificate, (enum certificate_kind)kind);
    }
    require(kinds <= 1);
    require(names_match(certificate.issuer, certificate.issuer));
    certificate_is_self_issued(&certificate);
}

static void use_names(struct octets octets)
{
    if (octets.length == 0 || octets.at[0] >= octets.length) {
        return;
    }
    struct octets one = octets_of(octets.at + 1, octets.at[0]);
    struct octets other = octets_of(one.at + one.length, octets.length - 1 - one.length);
    struct name_facts facts;
    bool are_names = name_read(one, &facts) && name_read(other, &facts);
    bool match = names_match(one, other);
    require(!are_names || match == names_match(other, one));
}

static void use_contingency_key(struct octets octets)
{
    uint8_t point[POINT_OCTETS];
    if (contingency_unwrap(octets, octets_of(symmetric_key, sizeof symmetric_key), point)) {
        require(contingency_is_readable(octets));
    }
}

// Certificates one after the other: each by its own length. The last one's subject is the root.
static void use_path(struct octets octets)
{
    static struct certificate certificates[MAX_PATH + 1];
    size_t count = 0;
    while (count <= MAX_PATH && octets.length > 2) {
        size_t length = read_be16(octets.at);
        octets = octets_of(octets.at + 2, octets.length - 2);
        if (length > octets.length
            || !certificate_parse(octets_of(octets.at, length), &certificates[count])) {
            break;
        }
        octets = octets_of(octets.at + length, octets.length - length);
        count++;
    }
    if (count == 0 || certificates[count - 1].key_identifier.length != 8) {
        return;
    }
    const struct certificate *root = &certificates[count - 1];
    const struct anchor anchor = {root->subject, root->public_key, root->key_identifier.at};
    struct path path;
    signature_facts_forget();
    bool trusted = path_validate(certificates, certificates + 1, count - 1, &anchor, &path);
    require(!trusted || (path.count >= 1 && path.count <= MAX_PATH));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const uses[CHOICES])(struct octets) = {
        [CERTIFICATE] = use_certificate,
        [TWO_NAMES] = use_names,
        [CONTINGENCY_KEY] = use_contingency_key,
        [PATH] = use_path,
    };
    if (size == 0) {
        return 0;
    }
    // A copy of its own, so that reading past its end is seen.
    uint8_t *copy = malloc(size);
    if (copy != NULL) {
        memcpy(copy, data, size);
        uses[copy[0] % CHOICES](octets_of(copy + 1, size - 1));
        free(copy);
    }
    return 0;
}
