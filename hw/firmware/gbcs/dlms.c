#include "gbcs/dlms.h"

#include "gbcs/axdr.h"

enum { ACCESS_REQUEST = 0xD9, ACCESS_RESPONSE = 0xDA, LONG_INVOKE_ID = 0x20 };

static bool read_specification(struct octets *rest, struct access_item *item)
{
    const uint8_t *at = axdr_take(rest, 1 + 2 + INSTANCE_OCTETS + 1);
    if (at == NULL || *at < ACCESS_GET || *at > ACCESS_GET_SELECTED) {
        return false;
    }
    item->kind = at[0];
    item->class_id = read_be16(at + 1);
    item->instance = at + 3;
    item->attribute = at[3 + INSTANCE_OCTETS];
    // A selection has a selector and a parameter.
    return item->kind != ACCESS_GET_SELECTED || (axdr_take(rest, 1) != NULL && dlms_skip(rest));
}

static bool read_datum(struct octets *rest, struct access_item *item)
{
    const uint8_t *start = rest->at;
    if (!dlms_skip(rest)) {
        return false;
    }
    item->data = octets_of(start, (size_t)(rest->at - start));
    const bool is_read = item->kind == ACCESS_GET || item->kind == ACCESS_GET_SELECTED;
    return !is_read || *start == DLMS_NULL;
}

// The long invoke id, and no date and time.
static void head_of(uint8_t head[6], uint8_t tag, uint64_t counter)
{
    head[0] = tag;
    head[1] = LONG_INVOKE_ID;
    write_be(head + 2, counter & 0xFFFFFF, 3);
    head[5] = 0;
}

bool access_request_decode(struct octets payload, uint64_t counter,
                           struct access_request *request)
{
    struct octets rest = payload;
    uint8_t head[6];
    size_t data;
    head_of(head, ACCESS_REQUEST, counter);
    if (!axdr_expect(&rest, head, sizeof head) || !axdr_length(&rest, &request->count)
        || request->count < 1 || request->count > MAX_ACCESS_ITEMS) {
        return false;
    }
    for (size_t i = 0; i < request->count; i++) {
        if (!read_specification(&rest, &request->items[i])) {
            return false;
        }
    }
    if (!axdr_length(&rest, &data) || data != request->count) {
        return false;
    }
    for (size_t i = 0; i < request->count; i++) {
        if (!read_datum(&rest, &request->items[i])) {
            return false;
        }
    }
    return rest.length == 0;
}

void access_response_begin(struct writer *writer, uint64_t counter, size_t count)
{
    uint8_t head[6];
    head_of(head, ACCESS_RESPONSE, counter);
    put_octets(writer, head, sizeof head);
    put_octet(writer, 0);  // the request is not repeated
    axdr_put_length(writer, count);
}

void access_response_result(struct writer *writer, uint8_t kind, uint8_t result)
{
    put_octet(writer, kind == ACCESS_GET_SELECTED ? ACCESS_GET : kind);
    put_octet(writer, result);
}
