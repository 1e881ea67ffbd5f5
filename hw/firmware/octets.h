// Views of octets that are held elsewhere, and a bounded buffer to write into.
#ifndef OCTETS_H
#define OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// A buffer that means nothing between two inputs. Where many devices share one copy of the firmware
// in turn (hw/native), it is not kept for each of them.
#define SCRATCH __attribute__((section(".bss.scratch")))

// A view; valid as long as what it looks at stays where it is.
struct octets {
    const uint8_t *at;
    size_t length;
};

// Appends until the capacity is reached; then `overflowed` stays true and nothing more is written.
struct writer {
    uint8_t *at;
    size_t capacity;
    size_t length;
    bool overflowed;
};

static inline struct octets octets_of(const void *at, size_t length)
{
    return (struct octets){at, length};
}

static inline bool octets_equal(struct octets one, struct octets other)
{
    return one.length == other.length
        && (one.length == 0 || memcmp(one.at, other.at, one.length) == 0);
}

static inline uint16_t read_be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t read_be32(const uint8_t *at)
{
    return (uint32_t)read_be16(at) << 16 | read_be16(at + 2);
}

static inline uint64_t read_be64(const uint8_t *at)
{
    return (uint64_t)read_be32(at) << 32 | read_be32(at + 4);
}

static inline uint16_t read_le16(const uint8_t *at)
{
    return (uint16_t)(at[1] << 8 | at[0]);
}

static inline uint32_t read_le32(const uint8_t *at)
{
    return (uint32_t)read_le16(at + 2) << 16 | read_le16(at);
}

static inline uint64_t read_le64(const uint8_t *at)
{
    return (uint64_t)read_le32(at + 4) << 32 | read_le32(at);
}

static inline void write_be(uint8_t *at, uint64_t value, size_t octets)
{
    while (octets-- > 0) {
        at[octets] = (uint8_t)value;
        value >>= 8;
    }
}

static inline void write_le(uint8_t *at, uint64_t value, size_t octets)
{
    for (size_t i = 0; i < octets; i++) {
        at[i] = (uint8_t)value;
        value >>= 8;
    }
}

static inline struct writer writer_over(uint8_t *at, size_t capacity)
{
    return (struct writer){at, capacity, 0, false};
}

static inline struct octets written(const struct writer *writer)
{
    return octets_of(writer->at, writer->length);
}

static inline void put_octets(struct writer *writer, const void *at, size_t length)
{
    if (writer->overflowed || length > writer->capacity - writer->length) {
        writer->overflowed = true;
        return;
    }
    if (length > 0) {
        memcpy(writer->at + writer->length, at, length);
    }
    writer->length += length;
}

static inline void put_octet(struct writer *writer, uint8_t octet)
{
    put_octets(writer, &octet, 1);
}

#endif
