/* SPDX-License-Identifier: GPL-2.0-or-later */
/* News: inputs in a file that many processes append to, each in one write, and one reads while they do. Who
 * is killed leaves what it had told; half a record, of a disk without room, costs nobody else's. */
#ifndef RP_FUZZ_NEWS_H
#define RP_FUZZ_NEWS_H

#include "fuzz/input.h"

/* Appends one behind the descriptor, opened with O_APPEND. False, and errno says why: it is not there. */
bool rp_fuzz_news_tell(const struct rp_fuzz_facts *facts, int descriptor, const struct rp_fuzz_input *input);

/* The next input at or behind *at in `length` bytes; what is damaged is passed over. False: there is none
 * whole, and *at is where one may begin of which more has yet to come. `is_last`: nothing has. */
bool rp_fuzz_news_next(const struct rp_fuzz_facts *facts, const uint8_t *bytes, size_t length, bool is_last,
                       size_t *at, struct rp_fuzz_input *input);

#endif
