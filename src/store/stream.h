/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdicts of results that stay in their file: read when they are asked for, one at a time. What a report
 * points at is kept, and is little: an example of each thing that it tells. */
#ifndef RP_STORE_STREAM_H
#define RP_STORE_STREAM_H

#include "store/store.h"

/* Opens it for results that the store is going to read. RP_EENVIRONMENT: no memory. */
int rp_stream_open(struct rp_store *store, struct rp_stream **stream, struct rp_error *error);
void rp_stream_close(struct rp_stream *stream); /* NULL is fine */

/* What results.h says of them. */
const struct rp_verdict *rp_stream_at(struct rp_stream *stream, const struct rp_results *results, size_t i);
const struct rp_verdict *rp_stream_keep(struct rp_stream *stream, const struct rp_verdict *verdict);
const char *rp_stream_name(struct rp_stream *stream, const char *name);
int rp_stream_told(const struct rp_stream *stream, struct rp_error *error);

#endif
