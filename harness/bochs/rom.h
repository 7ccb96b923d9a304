/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ROM and the driver agree about; for C and assembly. */
#ifndef RP_HARNESS_BOCHS_ROM_H
#define RP_HARNESS_BOCHS_ROM_H

#define RP_BOCHS_ROM_BASE 0xf0000
#define RP_BOCHS_ROM_SIZE 0x10000

/* Marks, 4 bytes each: at address 0, at RP_GUEST_IMAGE, in the last word of memory. */
#define RP_BOCHS_MARK       0x62507230
#define RP_BOCHS_MARK_IMAGE 0x62507231
#define RP_BOCHS_MARK_END   0x62507232

#endif
