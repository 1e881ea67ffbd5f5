// DLMS access requests and their answers (IEC 62056-5-3, as GBCS uses them): a list of what to do,
// and a list of data as long; the answer has a datum and a result for each.
#ifndef GBCS_DLMS_H
#define GBCS_DLMS_H

#include "gbcs/dlms_data.h"

enum access_kind { ACCESS_GET = 1, ACCESS_SET = 2, ACCESS_ACTION = 3, ACCESS_GET_SELECTED = 4 };

// Results of an item. After the first that fails, every later one is ACCESS_NOT_DONE.
enum {
    ACCESS_DONE = 0x00,
    ACCESS_FAILED = 0x01,
    ACCESS_UNDEFINED = 0x04,
    ACCESS_NOT_DONE = 0xFA,
};

enum { INSTANCE_OCTETS = 6, MAX_ACCESS_ITEMS = 32 };

struct access_item {
    uint8_t kind;
    uint16_t class_id;
    const uint8_t *instance;
    uint8_t attribute;   // or method
    struct octets data;  // one DLMS datum
};

struct access_request {
    size_t count;
    struct access_item items[MAX_ACCESS_ITEMS];
};

// False: the payload is no access request with the long invoke id of this counter, or one with no
// item or too many.
bool access_request_decode(struct octets payload, uint64_t counter,
                           struct access_request *request);

// What stands before the data of an answer, of which there are as many as items.
void access_response_begin(struct writer *writer, uint64_t counter, size_t count);

// One result, behind the data.
void access_response_result(struct writer *writer, uint8_t kind, uint8_t result);

#endif
