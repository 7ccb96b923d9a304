/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors and gates: what stands at a selector of the arena under a machine, packed as the CPU reads it,
 * and unpacked as a segment register caches it. Private to src/state and its tests. Freestanding. */
#ifndef RP_STATE_DESCRIPTOR_H
#define RP_STATE_DESCRIPTOR_H

#include "state/arena.h"
#include "state/resources.h"

/* A segment or system descriptor, SDM Vol. 3A 3.4.5; gates use selector and offset instead of base and limit.
 */
struct rp_descriptor {
    uint64_t base;     /* gates: the offset */
    uint32_t limit;    /* bytes; made to pages where it exceeds 20 bits */
    uint16_t selector; /* gates */
    uint8_t type;      /* the A bit included for segments */
    uint8_t dpl;
    bool s, present, avl, l, db, gate;
    bool wide; /* 16 bytes: system descriptors and gates of long mode */
};

/* The descriptor of `probe` under `machine` in `mode`; not for RP_PROBE_VECTOR. */
struct rp_descriptor rp_descriptor_probe(enum rp_mode mode, const struct rp_machine *machine,
                                         enum rp_probe probe);

/* The descriptor that the arena has at `selector` (RPL ignored; TI = 1: the LDT). False where a free slot or
 * NULL is: `*descriptor` is then all zero, not present. */
bool rp_descriptor_at(enum rp_mode mode, const struct rp_machine *machine, uint16_t selector,
                      struct rp_descriptor *descriptor);

/* The gate for `vector` of the IDT in `mode`; DPL, P and offset are the machine's where the probe stands. */
struct rp_descriptor rp_descriptor_vector(enum rp_mode mode, const struct rp_machine *machine,
                                          unsigned vector);

/* Packs it into words[0] and, if wide, words[1]. */
void rp_descriptor_pack(const struct rp_descriptor *descriptor, uint64_t words[2]);

/* The attributes as a segment register caches them; see registers.def. */
uint64_t rp_descriptor_attributes(const struct rp_descriptor *descriptor);

/* The selectors, besides its slot, at which `probe` stands; a TI bit says which table. */
uint16_t rp_probe_selector(enum rp_probe probe);

#endif
