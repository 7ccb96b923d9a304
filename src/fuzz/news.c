/* SPDX-License-Identifier: GPL-2.0-or-later */
/* News; see news.h. */
#include "fuzz/news.h"

#include <errno.h>
#include <unistd.h>

bool rp_fuzz_news_tell(const struct rp_fuzz_facts *facts, int descriptor, const struct rp_fuzz_input *input)
{
    uint8_t bytes[RP_FUZZ_INPUT_BYTES_MAX];
    size_t length = rp_fuzz_input_write(facts, input, bytes);
    ssize_t wrote;
    do
        wrote = write(descriptor, bytes, length);
    while (wrote < 0 && errno == EINTR);
    if (wrote >= 0 && (size_t)wrote < length)
        errno = ENOSPC;
    return wrote >= 0 && (size_t)wrote == length;
}

/* A record that is cut short may be followed by whole ones, of others who had room again. */
bool rp_fuzz_news_next(const struct rp_fuzz_facts *facts, const uint8_t *bytes, size_t length, bool is_last,
                       size_t *at, struct rp_fuzz_input *input)
{
    for (; *at < length; ++*at) {
        struct rp_error error;
        size_t used;
        bool cut;
        if (rp_fuzz_input_read(facts, bytes + *at, length - *at, input, &used, &cut, &error) == RP_OK) {
            *at += used;
            return true;
        }
        if (cut && !is_last)
            return false;
    }
    return false;
}
