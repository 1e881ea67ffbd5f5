// The security log: a ring of what authenticated parties did, and tallies of what was refused.
// The counterpart of firmware_sim/machine/security_log.py.
#ifndef MACHINE_SECURITY_LOG_H
#define MACHINE_SECURITY_LOG_H

#include "gbcs/message.h"

// Reads the tallies; after that their latest counts may be in RAM only.
void security_log_start(void);

// Counts one more refusal. If the count has doubled, adds its record to the present changes and
// says true. `originator` is NULL if the octets were no message.
bool security_log_count(uint8_t reason, const uint8_t *originator);

// Adds an event to the present changes; returns the place for its detail, 32 ASCII characters at
// the most. `is_change`: whether the command changes a credential. Such events have places of their
// own: commands that change none, which a stolen key makes without end, cannot push out the record
// of what the key was used for.
struct writer log_event(uint16_t event_code, const struct message *message, bool is_change);

void put_text(struct writer *writer, const char *text);

// In decimal digits, with zeros in front up to so many.
void put_number(struct writer *writer, uint32_t value, size_t digits);

// Events of a command that is to wait until a time, in seconds since 1970; and of one that cancels
// such a command, or finds none.
void log_stored(const struct message *message, int64_t due);
void log_cancelled(const struct message *message, bool is_reached);

#endif
