#include "gbcs/alerts.h"

enum { ZIGBEE_EPOCH = 946684800 };  // 2000-01-01

void alert_put_dlms(struct writer *writer, uint16_t code, uint64_t counter,
                    const uint8_t stamp[12])
{
    // Data notification with long invoke id; a structure of alert code and date-time.
    uint8_t head[13] = {0x0F, 0x20, 0, 0, 0, 0x00, 0x02, 0x02, 0x12, 0, 0, 0x09, 0x0C};
    write_be(head + 2, counter & 0xFFFFFF, 3);
    write_be(head + 9, code, 2);
    put_octets(writer, head, sizeof head);
    put_octets(writer, stamp, 12);
}

void alert_put_gbz(struct writer *writer, uint16_t code, uint64_t seconds)
{
    uint8_t alert[9] = {0x01, 0x09, 0x00};
    uint64_t since = seconds > ZIGBEE_EPOCH ? seconds - ZIGBEE_EPOCH : 0;
    write_be(alert + 3, code, 2);
    write_be(alert + 5, since, 4);
    put_octets(writer, alert, sizeof alert);
}
