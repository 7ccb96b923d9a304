/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hex, both ways: the only parser and the only printer of hex bytes and hex numbers in the program. */
#ifndef RP_BASE_HEX_H
#define RP_BASE_HEX_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if `text` consists of hex digits, blanks and an optional 0x in front, with at least one digit. */
bool rp_hex_looks_like(const char *text);

/* Parses hex bytes (`0f01e0`, `0f 01 e0`, `0x0f01e0`) into `bytes` of `capacity`; stores their number in
 * `*length`. An odd number of digits, another character, or more bytes than fit is RP_EINPUT with the
 * offset of the character. */
int rp_hex_parse(const char *text, uint8_t *bytes, size_t capacity, size_t *length, struct rp_error *error);

/* Parses one number of up to 64 bits in hex, without or with 0x, and without blanks behind it. Anything else
 * is RP_EINPUT. */
int rp_hex_parse_u64(const char *text, uint64_t *value, struct rp_error *error);

/* Writes 2 * length lower-case digits and a NUL; `text` holds at least 2 * length + 1 bytes. Returns text. */
char *rp_hex_print(char *text, const uint8_t *bytes, size_t length);

#endif
