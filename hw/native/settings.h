// engine_share of engine.h, for the files that keep something.
#ifndef NATIVE_SETTINGS_H
#define NATIVE_SETTINGS_H

#include <stdbool.h>

// Which certificate was verified by which key stays known from one device to the next.
extern bool share_signature_facts;

// A public key that verifies many signatures gets a table of its multiples.
extern bool use_tables;

// What is kept of public keys is gone.
void public_keys_forget(void);

#endif
