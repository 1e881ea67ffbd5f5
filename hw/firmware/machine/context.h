// What every command works with besides the state. The counterpart of firmware_sim/machine/context.py.
#ifndef MACHINE_CONTEXT_H
#define MACHINE_CONTEXT_H

#include "crypto/crypto.h"
#include "machine/drbg.h"
#include "machine/store.h"

// The device's randomness since power-on.
extern struct drbg entropy;

// After the boot was counted: no random octets come twice.
void context_start(void);

// The ECDH secret of the device's key agreement key and a party's point; false if that is not on
// the curve. A few are remembered; `forget_secrets` when the device's own key changes.
bool secret_with(const uint8_t point[POINT_OCTETS], uint8_t secret[SECRET_OCTETS]);
void remember_secret(const uint8_t point[POINT_OCTETS], const uint8_t secret[SECRET_OCTETS]);
void forget_secrets(void);

// Makes it durable that an authenticated command's counter serves no other, before any answer to
// it. The REASON_ why that could not be done, or 0; then nothing may be answered.
uint8_t spend_counter(uint8_t role, uint64_t counter);

// Has the refusal of an authentic command spend it, in the transaction that counts the refusal.
// Returns `reason`.
uint8_t refuse_authentic(uint8_t role, uint64_t counter, uint8_t reason);

// The same where the keys of the answer to a top-up are spent, and no counter of a role.
uint8_t refuse_top_up(uint64_t counter, uint8_t reason);

// The same for a token that was typed in: it counts as one that was not authentic.
uint8_t refuse_entry(uint8_t reason);

// Begins changes with what the refusal of this input spends; false if it spends nothing.
bool changes_begin_refusal(void);

// A new input: its refusal spends nothing unless `refuse_authentic` says so.
void forget_refusal(void);

// Why a command is refused whose changes could not be committed; 0 if they could.
uint8_t reason_of(enum store_result result);

#endif
