/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See hazards.h. */
#include "support/hazards.h"

#define EVERYWHERE 0x7f
#define LONG64     (1 << RP_MODE_LONG64)
#define CODE(...)                                                                                            \
    {                                                                                                        \
        .bytes = {__VA_ARGS__}, .length = sizeof(uint8_t[])                                                  \
        {                                                                                                    \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }

const struct hazard hazards[] = {
    {"reptar with REX", CODE(0xf3, 0x44, 0xa4), LONG64},
    {"reptar with REX.W", CODE(0xf3, 0x48, 0xa4), LONG64},
    {"reptar with a doubled prefix", CODE(0xf3, 0xf3, 0xa4), EVERYWHERE},
    {"reptar with prefixes between", CODE(0xf3, 0x26, 0x67, 0x67, 0xa4), EVERYWHERE},
    {"reptar with REPNE", CODE(0xf2, 0xf3, 0xa5), EVERYWHERE},
    {"f00f", CODE(0xf0, 0x0f, 0xc7, 0xc8), EVERYWHERE},
    {"f00f of another register", CODE(0xf0, 0x0f, 0xc7, 0xcf), EVERYWHERE},
    {"f00f with prefixes", CODE(0x66, 0xf0, 0x2e, 0x0f, 0xc7, 0xc9), EVERYWHERE},
    {"f00f with REX.W", CODE(0xf0, 0x48, 0x0f, 0xc7, 0xc8), LONG64},
    {"altinst", CODE(0x0f, 0x3f), EVERYWHERE},
    {"f00f behind NOP", CODE(0x90, 0xf0, 0x0f, 0xc7, 0xc8), EVERYWHERE},
    {"f00f behind POP SS, which puts a single step off", CODE(0x17, 0xf0, 0x0f, 0xc7, 0xc8), EVERYWHERE},
    {"altinst in an immediate that is jumped into", CODE(0xeb, 0x01, 0x0f, 0x3f), EVERYWHERE},
};
const size_t hazards_count = sizeof hazards / sizeof hazards[0];

const struct hazard hazard_of_port = {"the reset port", CODE(0xe6, 0x64), EVERYWHERE};

const struct hazard hazards_alike[] = {
    {"rep movsb", CODE(0xf3, 0xa4), EVERYWHERE},
    {"rep movsq", CODE(0xf3, 0x48, 0xa5), LONG64},
    {"lock cmpxchg8b of memory", CODE(0xf0, 0x0f, 0xc7, 0x0b), LONG64},
    {"lock xchg", CODE(0xf0, 0x87, 0x03), LONG64},
};
const size_t hazards_alike_count = sizeof hazards_alike / sizeof hazards_alike[0];
