#include "gbcs/times.h"

enum { DAY_SECONDS = 86400 };

static const uint16_t days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

static bool is_leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

// Days from 0001-01-01 to the first of a month, 1 to 13.
static int32_t days_to(uint32_t year, uint32_t month)
{
    uint32_t years = year - 1;
    uint32_t days = years * 365 + years / 4 - years / 100 + years / 400 + days_before[month - 1];
    return (int32_t)(days + (month > 2 && is_leap(year)));
}

enum { DAYS_TO_1970 = 719162 };

bool times_seconds(const struct civil_time *time, int64_t *seconds)
{
    if (time->year < 1 || time->year > 9999 || time->month < 1 || time->month > 12
        || time->day < 1 || time->hour > 23 || time->minute > 59 || time->second > 59) {
        return false;
    }
    int32_t days = days_to(time->year, time->month) + time->day - 1;
    if (days >= days_to(time->year, time->month + 1U)) {
        return false;
    }
    int32_t within = (time->hour * 60 + time->minute) * 60 + time->second;
    *seconds = (int64_t)(days - DAYS_TO_1970) * DAY_SECONDS + within;
    return true;
}

void times_civil(int64_t seconds, struct civil_time *time)
{
    // From 0001-01-01, so that nothing is negative.
    uint64_t since = (uint64_t)(seconds + (int64_t)DAYS_TO_1970 * DAY_SECONDS);
    // 86,400 is 675 << 7, and the quotient fits 32 bits then: no 64-bit division is linked.
    int32_t days = (int32_t)((uint32_t)(since >> 7) / (DAY_SECONDS >> 7));
    uint32_t within = (uint32_t)since - (uint32_t)days * DAY_SECONDS;
    uint32_t year = (uint32_t)days / 366 + 1;
    uint32_t month = 1;
    while (days_to(year + 1, 1) <= days) {
        year++;
    }
    while (days_to(year, month + 1) <= days) {
        month++;
    }
    time->year = (uint16_t)year;
    time->month = (uint8_t)month;
    time->day = (uint8_t)(days - days_to(year, month) + 1);
    time->hour = (uint8_t)(within / 3600);
    time->minute = (uint8_t)(within / 60 % 60);
    time->second = (uint8_t)(within % 60);
}

void times_put_stamp(struct writer *writer, uint64_t seconds, uint8_t status)
{
    struct civil_time time;
    times_civil((int64_t)seconds, &time);
    // Weekday and deviation are not specified; no hundredths (DLMS date-time).
    uint8_t stamp[] = {(uint8_t)(time.year >> 8), (uint8_t)time.year, time.month, time.day,
                       0xFF, time.hour, time.minute, time.second, 0x00, 0x80, 0x00, status};
    put_octets(writer, stamp, sizeof stamp);
}

void times_put_digits(struct writer *writer, int64_t seconds)
{
    struct civil_time time;
    times_civil(seconds, &time);
    uint8_t pairs[] = {(uint8_t)(time.year / 100), (uint8_t)(time.year % 100), time.month, time.day,
                       time.hour, time.minute, time.second};
    for (size_t i = 0; i < sizeof pairs; i++) {
        put_octet(writer, (uint8_t)('0' + pairs[i] / 10));
        put_octet(writer, (uint8_t)('0' + pairs[i] % 10));
    }
}
