/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `probe` is asked about: hex and names become encodings in modes. */
#ifndef RP_CLI_TARGETS_H
#define RP_CLI_TARGETS_H

#include "campaign/scan.h"

struct rp_targets {
    struct rp_probe_target *target;
    size_t count, capacity;
};

void rp_targets_free(struct rp_targets *targets);

/* Appends what `word` means in each of `modes`. Names win over hex, unless 0x or a blank says hex. RP_EINPUT:
 * neither, or a mistake in the hex. */
int rp_targets_add(struct rp_targets *targets, const char *word, uint8_t modes, struct rp_error *error);

/* Reads hex of 1 to 15 bytes. RP_EINPUT: odd, too long, cut within an instruction, or with bytes left behind
 * one; the line says how many and where. What does not decode at all runs as it stands. */
int rp_target_hex(const char *hex, enum rp_mode mode, struct rp_encoding *encoding, struct rp_error *error);

#endif
