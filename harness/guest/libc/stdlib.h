/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nothing of it is used in the guest image; see string.h. */
#ifndef RP_HARNESS_GUEST_LIBC_STDLIB_H
#define RP_HARNESS_GUEST_LIBC_STDLIB_H

#include <stddef.h>

#endif
