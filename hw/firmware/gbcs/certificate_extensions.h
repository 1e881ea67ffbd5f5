// What the extensions of a certificate say. See gbcs/certificate_extensions.py.
#ifndef GBCS_CERTIFICATE_EXTENSIONS_H
#define GBCS_CERTIFICATE_EXTENSIONS_H

#include "gbcs/certificate_fields.h"

// Reads the content of the SEQUENCE of extensions into a certificate in which everything about
// extensions is zero, and `path_length` -1. False if one is malformed or repeated, or there is
// none.
bool read_extensions(struct octets extensions, struct certificate *certificate);

#endif
