/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program of this machine says of itself. */
#ifndef RP_HARNESS_GUEST_ASK_H
#define RP_HARNESS_GUEST_ASK_H

#include <stdbool.h>
#include <stddef.h>

/* Runs `words` (by PATH, ended by NULL) without input; the first size - 1 bytes of its standard output and
 * error become a string in `answer`. False if it says nothing. */
bool rp_guest_ask(char *const *words, char *answer, size_t size);

#endif
