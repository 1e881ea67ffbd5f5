// Strict DER (X.690): a cursor over values that follow each other, and a writer. Accepts and
// refuses exactly what gbcs/der.py does.
//
// Failure stays: once a read has failed, every later one on the cursor fails too and returns
// nothing, so a caller reads all fields and asks once, at the end, with der_finished.
#ifndef GBCS_DER_H
#define GBCS_DER_H

#include "octets.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OBJECT_IDENTIFIER = 0x06,
    DER_ENUMERATED = 0x0A,
    DER_UTF8_STRING = 0x0C,
    DER_PRINTABLE_STRING = 0x13,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80,  // + the number, + DER_CONSTRUCTED
    DER_CONSTRUCTED = 0x20,
};

// What is left to read. Initialise with der_over.
struct der {
    struct octets rest;
    bool failed;
};

// One value: `whole` is tag, length and content; `tag` the first octet of the tag.
struct element {
    uint8_t tag;
    struct octets whole;
    struct octets content;
};

static inline struct der der_over(struct octets values)
{
    return (struct der){values, false};
}

// Nothing has failed and nothing is left.
static inline bool der_finished(const struct der *der)
{
    return !der->failed && der->rest.length == 0;
}

// Nothing has failed and something is left: the condition of a loop over SEQUENCE OF.
static inline bool der_more(const struct der *der)
{
    return !der->failed && der->rest.length > 0;
}

// The next value with any tag; tags of several octets too if `long_tags` (only the library
// behind firmware_sim.gbcs.der.decode knows those; firmware_sim.gbcs.der.split refuses them).
// False: none, or not DER.
bool der_any(struct der *der, struct element *element, bool long_tags);

// The content of the next value, which must have this tag.
struct octets der_next(struct der *der, uint8_t tag);

// The same for a value that may be absent: then false, and nothing has been read.
bool der_optional(struct der *der, uint8_t tag, struct octets *content);

// A cursor over the content of the next value, which must have this tag; failed if `der` is.
struct der der_enter(struct der *der, uint8_t tag);

// Fails `der` unless everything inside has been read without a failure.
void der_leave(struct der *der, const struct der *inside);

// Steps into the next value, which must have this tag and be the last: `der` then reads its content.
void der_into(struct der *der, uint8_t tag);

// Contents of primitive values. False: the content is not allowed for its type.

bool der_is_integer(struct octets content);

// INTEGER 0 to 2**63 - 1.
bool der_number(struct octets content, uint64_t *value);

// The next value as INTEGER under a tag, 0 to 2**63 - 1; 0 after a failure.
uint64_t der_next_number(struct der *der, uint8_t tag);

bool der_boolean(struct octets content, bool *value);

// BIT STRING: whether it is one, with unused bits zero; they may be any number.
bool der_is_bits(struct octets content);

// BIT STRING with named bits, so without trailing zero bits: bit n of `bits` is number n;
// bit 15 stands for number 15 and all after it.
bool der_named_bits(struct octets content, uint16_t *bits);

bool der_is_object_identifier(struct octets content);

// UTCTime or GeneralizedTime by its tag, in UTC and whole seconds, years 1 to 9999: seconds
// since 1970, negative before.
bool der_time(uint8_t tag, struct octets content, int64_t *seconds);

// Writing.

// Tag and length of a value whose content, of less than 65,536 octets, the caller writes.
void der_put_header(struct writer *writer, uint8_t tag, size_t length);

// A whole value.
void der_put(struct writer *writer, uint8_t tag, const void *content, size_t length);

// An INTEGER (or another tag) in its shortest form.
void der_put_number(struct writer *writer, uint8_t tag, uint64_t value);

// A value whose content is written between the two calls; `start` is what der_begin returned.
size_t der_begin(struct writer *writer, uint8_t tag);
void der_end(struct writer *writer, size_t start);

#endif
