/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of vectors, made of vector.def; see vector.h. */
#include "x86/vector.h"

#include <assert.h>
#include <stddef.h>

static const struct rp_vector_info vectors[] = {
#define RP_VECTOR(number, id, name, title, class, has_error_code, source)                                    \
    [number] = {name, title, RP_VECTOR_##class, has_error_code, source},
#include "x86/vector.def"
#undef RP_VECTOR
};
static_assert(sizeof vectors / sizeof vectors[0] == RP_VECTOR_COUNT, "one row a vector");

const struct rp_vector_info *rp_vector_info(unsigned vector)
{
    return vector < RP_VECTOR_COUNT ? &vectors[vector] : NULL;
}

const char *rp_vector_name(unsigned vector, char text[8])
{
    static const char digits[] = "0123456789abcdef";
    const char *name = vector < RP_VECTOR_COUNT ? vectors[vector].name : "";
    size_t length = 0;

    for (; name[length] != '\0'; length++)
        text[length] = name[length];
    if (length == 0) { /* by hand: this file is also built without a libc */
        text[length++] = '#';
        text[length++] = '0';
        text[length++] = 'x';
        text[length++] = digits[vector >> 4 & 15];
        text[length++] = digits[vector & 15];
    }
    text[length] = '\0';
    return text;
}
