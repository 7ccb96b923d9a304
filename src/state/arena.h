/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arena: where everything stands in the memory of a test machine. One map for every executor, all below 2
 * GiB, physical = linear but for the aliases. Freestanding.
 *
 *  linear            bytes  content                                  who writes it        compared
 *  000000-001FFF     2000h  alias of the data (16-bit addressing      -                    -
 *                           in a flat segment ends here); in vm86
 *                           842000h instead, read-only
 *  010000-010FFF     1000h  code; the instruction at 010400h           executor             no
 *  020000-021FFF     2000h  data                                     seeds (U)            yes: U
 *  030000-031FFF     2000h  the program's stack                      seeds (U)            yes: U
 *  040000-041FFF     2000h  alias of the data (two pointers added)    -                    -
 *  060000-061FFF     2000h  alias of the data (a segment base moved)  -                    -
 *  800000-80FFFF    10000h  GDT                                      arena, resources     first 200h: P
 *  810000-81FFFF    10000h  GDT, second copy (M-VIEW)                 the same             first 200h: P
 *  820000-82FFFF    10000h  LDT                                      arena, resources     first 40h: P
 *  830000-83FFFF    10000h  LDT, second copy                         the same             first 40h: P
 *  840000-840FFF     1000h  IDT (real16: the vector table)           arena, resources     no
 *  841000-841FFF     1000h  IDT, second copy                         the same             no
 *  842000-842FFF     1000h  vm86: the program's own vector table     arena                no
 *  844000-846100     2101h  TSS, then 2000h bytes of I/O bitmap, FFh  arena, resources     first 80h: P
 *                           at 8440E0h: 20h bytes, by which vector
 *                           INT n of vm86 is redirected
 *  848000-84A100     2101h  TSS, second copy                         the same             no
 *  84C000-84CFFF     1000h  entry points: one HLT a vector           arena                no
 *  84E000-84FFFF     2000h  stack of ring 0 behind gates             CPU                  no (a carrier)
 *  850000-85FFFF    10000h  page tables, four roots                  arena                no
 *
 * The system part (800000h and up) is supervisor in both rings' roots, lies above what vm86 and real16 can
 * address (10FFEFh) and above the limit of every test segment (7FFFFFh). What 16-bit code touches lies within
 * 10000h-9FFFFh: page 0 can't be mapped natively, A0000h up is VGA and ROM in guests. The alias at 0 exists
 * under paging only; a host that can't map it answers `unsupported`. In vm86 the vectors that CR4.VME lets
 * INT n go through stand there (SDM Vol. 3A 20.3.3), the same as those of real16.
 *
 * GDT. Slots as Linux has them (CS 23h/33h, SS 2Bh), so that native runs see the same selectors.
 *
 *  selector  RPL  descriptor                            | selector  RPL  descriptor
 *  08h       0    code, 32 bits, DPL 0                  | 80h            probe: data, read-write
 *  10h       0    code, 64 bits, DPL 0                  | 88h            probe: code, readable
 *  18h       0    data, DPL 0                           | 90h            probe: code, conforming
 *  20h       3    code, 32 bits, DPL 3                  | 98h, A0h       probe: call gate
 *  28h       3    data, DPL 3                           | A8h, B0h       probe: available TSS
 *  30h       3    code, 64 bits, DPL 3                  | B8h, C0h       probe: LDT
 *  38h       0    code, 16 bits, base 10000h, DPL 0     | C8h       3    twin of 28h
 *  40h, 48h       TSS in use                            | D0h       3    twin of 68h
 *  50h, 58h       LDT in use                            | D8h, E0h       twin of 40h
 *  60h       3    code, 16 bits, base 10000h, DPL 3     | E8h, F0h       twin of 50h
 *  68h       3    data, base 20000h, limit FFFFh        | F8h            DPL 3 data, not present
 *  70h       3    stack, base 30000h, limit FFFFh       | 100h on        free; forms' immediates and
 *  78h       0    stack, base 30000h, limit FFFFh       |                seeds' placed probes
 *
 * LDT: 04h data, DPL 3; 0Ch code, DPL 3; twins of 28h and 68h at 24h and 2Ch, where a real system lets its
 * programs have them (TI = 1); the rest free. */
#ifndef RP_STATE_ARENA_H
#define RP_STATE_ARENA_H

#include "x86/mode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RP_ARENA_CODE         0x010000
#define RP_ARENA_CODE_SIZE    0x1000
#define RP_ARENA_INSTRUCTION  0x010400 /* where the encoding under test begins */
#define RP_ARENA_DATA         0x020000
#define RP_ARENA_DATA_SIZE    0x2000
#define RP_ARENA_STACK        0x030000
#define RP_ARENA_STACK_SIZE   0x2000
#define RP_ARENA_ALIAS_SUM    0x040000
#define RP_ARENA_ALIAS_BASE   0x060000
#define RP_ARENA_SYSTEM       0x800000
#define RP_ARENA_SYSTEM_SIZE  0x060000
#define RP_ARENA_GDT          0x800000
#define RP_ARENA_LDT          0x820000
#define RP_ARENA_TABLE_SIZE   0x10000 /* of a GDT or LDT; the second copy follows directly */
#define RP_ARENA_IDT          0x840000
#define RP_ARENA_IDT_SIZE     0x1000
#define RP_ARENA_VECTORS      0x842000 /* of vm86, far pointers; mapped at 0 */
#define RP_ARENA_VECTORS_SIZE 0x1000
#define RP_ARENA_TSS          0x844000
#define RP_ARENA_TSS_STRIDE   0x4000 /* from one copy to the other */
#define RP_ARENA_IOMAP_OFFSET 0x100  /* of the bitmap within the TSS */
#define RP_ARENA_REDIRECTION_OFFSET                                                                          \
    (RP_ARENA_IOMAP_OFFSET - 0x20) /* of the interrupt redirection bitmap, SDM Vol. 3A 20.3.3 */
#define RP_ARENA_TSS_LIMIT                                                                                   \
    0x2100 /* a bit for every port and the byte of ones behind them, SDM Vol. 1 19.5.2 */
#define RP_ARENA_ENTRIES      0x84c000
#define RP_ARENA_ENTRY_STRIDE 8
#define RP_ARENA_CODE_ENTRIES 0x800 /* in the code page: where vectors of real16 and vm86 lead */
#define RP_ARENA_STACK0_TOP   0x850000
#define RP_ARENA_TABLES       0x850000 /* page tables */
#define RP_ARENA_TABLES_SIZE  0x10000
#define RP_ARENA_LIMIT        0x7fffff /* of every flat test segment */

/* Selectors of the GDT, RPL left out: or 3 in where the table above says so. */
enum rp_selector {
    RP_SELECTOR_CODE32_RING0 = 0x08,
    RP_SELECTOR_CODE64_RING0 = 0x10,
    RP_SELECTOR_DATA_RING0 = 0x18,
    RP_SELECTOR_CODE32 = 0x20,
    RP_SELECTOR_DATA = 0x28,
    RP_SELECTOR_CODE64 = 0x30,
    RP_SELECTOR_CODE16_RING0 = 0x38,
    RP_SELECTOR_TSS = 0x40,
    RP_SELECTOR_LDT = 0x50,
    RP_SELECTOR_CODE16 = 0x60,
    RP_SELECTOR_DATA16 = 0x68,
    RP_SELECTOR_STACK16 = 0x70,
    RP_SELECTOR_STACK16_RING0 = 0x78,
    RP_SELECTOR_PROBE_DATA = 0x80,
    RP_SELECTOR_PROBE_CODE = 0x88,
    RP_SELECTOR_PROBE_CONFORMING = 0x90,
    RP_SELECTOR_PROBE_GATE = 0x98,
    RP_SELECTOR_PROBE_TSS = 0xa8,
    RP_SELECTOR_PROBE_LDT = 0xb8,
    RP_SELECTOR_DATA_TWIN = 0xc8,
    RP_SELECTOR_DATA16_TWIN = 0xd0,
    RP_SELECTOR_DATA_TWIN_LDT = 0x24,
    RP_SELECTOR_DATA16_TWIN_LDT = 0x2c,
    RP_SELECTOR_TSS_TWIN = 0xd8,
    RP_SELECTOR_LDT_TWIN = 0xe8,
    RP_SELECTOR_ABSENT = 0xf8,
    RP_SELECTOR_FREE = 0x100, /* first slot that no descriptor of the arena stands in */
};

/* The memory that is compared after each run, in the order of the image that outcomes speak of. */
enum rp_window {
    RP_WINDOW_DATA,
    RP_WINDOW_STACK,
    RP_WINDOW_GDT,
    RP_WINDOW_GDT_COPY,
    RP_WINDOW_LDT,
    RP_WINDOW_LDT_COPY,
    RP_WINDOW_TSS,
    RP_WINDOW_COUNT,
};

struct rp_window_info {
    const char *name; /* as replay lines write it: data+400=... */
    uint32_t address; /* physical */
    uint32_t size;    /* bytes, a multiple of 8 */
    bool user;        /* the program's memory (U), else privileged state */
};

/* The row of a window; static storage. */
const struct rp_window_info *rp_window_info(enum rp_window window);

/* The regions of physical memory that an executor provides; `fixed` ones are never written by a test. */
struct rp_arena_region {
    uint32_t address, size;
    bool executable, writable; /* by the test */
};
#define RP_ARENA_REGIONS 4
extern const struct rp_arena_region rp_arena_regions[RP_ARENA_REGIONS];

/* All of them, one behind the other, as an executor holds them. */
#define RP_ARENA_REGIONS_SIZE                                                                                \
    (RP_ARENA_CODE_SIZE + RP_ARENA_DATA_SIZE + RP_ARENA_STACK_SIZE + RP_ARENA_SYSTEM_SIZE)
#define RP_ARENA_NOWHERE UINT32_MAX

/* The offset of a physical address in such memory; RP_ARENA_NOWHERE if no region has it. */
static inline uint32_t rp_arena_offset(uint64_t physical)
{
    uint32_t offset = 0;
    for (unsigned i = 0; i < RP_ARENA_REGIONS; i++) {
        const struct rp_arena_region *region = &rp_arena_regions[i];
        if (physical - region->address < region->size)
            return offset + (uint32_t)(physical - region->address);
        offset += region->size;
    }
    return RP_ARENA_NOWHERE;
}

/* The addresses that a mode uses for the same places: flat linear ones, or offsets into 16-bit segments. */
struct rp_arena_view {
    uint64_t code_base, data_base, stack_base; /* linear = base + offset */
    uint64_t instruction;                      /* RIP of the instruction */
    uint64_t data;                             /* offset of the first data byte */
    uint64_t stack;                            /* offset of the first stack byte */
};
const struct rp_arena_view *rp_arena_view(enum rp_mode mode);

/* CR3 for `ring` (0 or 3) in a mode with paging; `copy` 1 is the other root that maps the same (M-VIEW). */
uint64_t rp_arena_root(enum rp_mode mode, unsigned ring, unsigned copy);

/* Writes the page tables of `mode`'s paging (four levels in long mode, two in legacy mode; A and D preset
 * everywhere, M-ACCESSED) into `tables`, RP_ARENA_TABLES_SIZE bytes that stand at RP_ARENA_TABLES. */
void rp_arena_page_tables(enum rp_mode mode, void *tables);

#endif
