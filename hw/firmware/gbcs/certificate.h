// SMKI certificates as a device meets them: strict DER in, views out. See gbcs/certificates.py.
#ifndef GBCS_CERTIFICATE_H
#define GBCS_CERTIFICATE_H

#include "crypto/crypto.h"
#include "gbcs/certificate_fields.h"
#include "octets.h"

enum {
    PUBLIC_KEY_INFO_OCTETS = 91,
    PUBLIC_KEY_PREFIX_OCTETS = PUBLIC_KEY_INFO_OCTETS - POINT_OCTETS,
    SIGNATURE_ALGORITHM_OCTETS = 12,
};

// False if the octets are not a certificate (RemoteError in firmware_sim.gbcs.certificates).
bool certificate_parse(struct octets octets, struct certificate *certificate);

// The profiles that a device holds certificates against; those of a path it only follows.
enum certificate_kind {
    KIND_ROOT_OCA,
    KIND_ORGANISATION,
    KIND_DEVICE,
};

// Whether it keeps every rule of its profile (gbcs/certificate_profiles.py).
bool certificate_conforms(const struct certificate *certificate, enum certificate_kind kind);

// Whether the key may be held for a usage: exactly that, a CA's may also sign CRLs.
bool certificate_serves(const struct certificate *certificate, uint8_t key_usage);

// Whether issuer and subject are the same name, which is not empty.
bool certificate_is_self_issued(const struct certificate *certificate);

// The 65-octet point in a SubjectPublicKeyInfo, not checked to lie on the curve; NULL for another
// algorithm, curve or point format (GBCS 12: P-256, uncompressed).
const uint8_t *point_of_key_info(struct octets info);

// What every such SubjectPublicKeyInfo starts with, and AlgorithmIdentifier of ECDSA with SHA-256.
extern const uint8_t public_key_prefix[PUBLIC_KEY_PREFIX_OCTETS];
extern const uint8_t signature_algorithm[SIGNATURE_ALGORITHM_OCTETS];

// The value of the root's extension, opened with the 16-octet symmetric key into a 65-octet
// point; id-aes128-wrap-pad only (gbcs/contingency.py). False: it does not unwrap.
bool contingency_unwrap(struct octets value, struct octets symmetric_key,
                        uint8_t public_key[POINT_OCTETS]);

// Whether it holds a key, wrapped with an algorithm that has a name in gbcs/contingency.py.
bool contingency_is_readable(struct octets value);

// Whether some symmetric key could make contingency_unwrap succeed.
bool contingency_is_unwrappable(struct octets value);

#endif
