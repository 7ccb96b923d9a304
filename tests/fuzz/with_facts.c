/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See with_facts.h. */
#include "fuzz/with_facts.h"

#include "support/suite.h"

struct rp_fuzz_facts *facts;

static int open_modes(unsigned modes)
{
    struct rp_error error = {0};
    int result = rp_fuzz_facts_open((uint8_t)modes, &facts, &error);
    if (result)
        print_error("%s\n", error.line);
    return result;
}

int open_facts(void **state)
{
    (void)state;
    return open_modes((1u << RP_MODE_COUNT) - 1);
}

int open_facts_of_long64(void **state)
{
    (void)state;
    return open_modes(1u << RP_MODE_LONG64);
}

int close_facts(void **state)
{
    (void)state;
    rp_fuzz_facts_close(facts);
    return 0;
}
