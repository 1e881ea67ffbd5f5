// Dates: seconds since 1970-01-01 UTC, the proleptic Gregorian calendar, and the wire forms.
#ifndef GBCS_TIMES_H
#define GBCS_TIMES_H

#include "octets.h"

// 9999-12-31 23:59:59: as executionDateTime it cancels.
#define TIMES_NEVER INT64_C(253402300799)

// Year, month, day, hour, minute, second.
struct civil_time {
    uint16_t year;
    uint8_t month, day, hour, minute, second;
};

// False if there is no such moment in the years 1 to 9999.
bool times_seconds(const struct civil_time *time, int64_t *seconds);

// For seconds of the years 1 to 9999.
void times_civil(int64_t seconds, struct civil_time *time);

// The 12-octet DLMS date-time of a header; `status` is one of clock_statuses.
void times_put_stamp(struct writer *writer, uint64_t seconds, uint8_t status);

// The 14 digits YYYYMMDDhhmmss.
void times_put_digits(struct writer *writer, int64_t seconds);

#endif
