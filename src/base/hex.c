/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hex bytes and numbers; see hex.h. */
#include "base/hex.h"

#include <string.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static const char *skip_prefix(const char *text)
{
    text += strspn(text, " \t");
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? text + 2 : text;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool rp_hex_looks_like(const char *text)
{
    size_t digits = 0;
    for (const char *c = skip_prefix(text); *c; c++) {
        if (digit(*c) >= 0)
            digits++;
        else if (!is_blank(*c))
            return false;
    }
    return digits > 0;
}

#define SHOWN 48 /* characters of the input that an error line quotes; the rest of the line says why */

int rp_hex_parse(const char *text, uint8_t *bytes, size_t capacity, size_t *length, struct rp_error *error)
{
    size_t digits = 0;
    for (const char *c = skip_prefix(text); *c; c++) {
        int d = digit(*c);
        if (d < 0 && is_blank(*c))
            continue;
        if (d < 0)
            return rp_error_set(
                error, RP_EINPUT,
                "'%.*s' is no hex: '%c' at offset %td is not a hex digit; give bytes like 0f01e0", SHOWN,
                text, *c, c - text);
        if (digits / 2 >= capacity)
            return rp_error_set(error, RP_EINPUT,
                                "'%.*s' is too long: more than %zu bytes from offset %td on", SHOWN, text,
                                capacity, c - text);
        if (digits % 2 == 0)
            bytes[digits / 2] = (uint8_t)(d << 4);
        else
            bytes[digits / 2] |= (uint8_t)d;
        digits++;
    }
    if (digits == 0)
        return rp_error_set(error, RP_EINPUT, "'%.*s' has no hex digits; give bytes like 0f01e0", SHOWN,
                            text);
    if (digits % 2)
        return rp_error_set(error, RP_EINPUT,
                            "'%.*s' has %zu hex digits, half a byte too many; give two for each byte", SHOWN,
                            text, digits);
    *length = digits / 2;
    return RP_OK;
}

int rp_hex_parse_u64(const char *text, uint64_t *value, struct rp_error *error)
{
    const char *c = skip_prefix(text);
    size_t digits = strlen(c);
    uint64_t parsed = 0;
    if (digits == 0 || digits > 16)
        return rp_error_set(error, RP_EINPUT, "'%.*s' is no hex number of 1 to 16 digits", SHOWN, text);
    for (; *c; c++) {
        if (digit(*c) < 0)
            return rp_error_set(error, RP_EINPUT,
                                "'%.*s' is no hex number: '%c' at offset %td is not a hex digit", SHOWN, text,
                                *c, c - text);
        parsed = parsed << 4 | (uint64_t)digit(*c);
    }
    *value = parsed;
    return RP_OK;
}

char *rp_hex_print(char *text, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * length] = '\0';
    return text;
}
