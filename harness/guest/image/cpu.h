/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The instructions that C has no words for. */
#ifndef RP_HARNESS_GUEST_IMAGE_CPU_H
#define RP_HARNESS_GUEST_IMAGE_CPU_H

#include <stdint.h>

#define RP_GUEST_CONTROL(n)                                                                                  \
    static inline uint64_t rp_guest_cr##n(void)                                                              \
    {                                                                                                        \
        unsigned long value;                                                                                 \
        __asm__ volatile("mov %%cr" #n ", %0" : "=r"(value));                                                \
        return value;                                                                                        \
    }                                                                                                        \
    static inline void rp_guest_set_cr##n(uint64_t value)                                                    \
    {                                                                                                        \
        __asm__ volatile("mov %0, %%cr" #n : : "r"((unsigned long)value) : "memory");                        \
    }
RP_GUEST_CONTROL(0)
RP_GUEST_CONTROL(2)
RP_GUEST_CONTROL(3)
RP_GUEST_CONTROL(4)
#if defined(__x86_64__)
RP_GUEST_CONTROL(8)
#endif
#undef RP_GUEST_CONTROL

#define RP_GUEST_DEBUG(n)                                                                                    \
    static inline uint64_t rp_guest_dr##n(void)                                                              \
    {                                                                                                        \
        unsigned long value;                                                                                 \
        __asm__ volatile("mov %%db" #n ", %0" : "=r"(value));                                                \
        return value;                                                                                        \
    }                                                                                                        \
    static inline void rp_guest_set_dr##n(uint64_t value)                                                    \
    {                                                                                                        \
        __asm__ volatile("mov %0, %%db" #n : : "r"((unsigned long)value));                                   \
    }
RP_GUEST_DEBUG(0)
RP_GUEST_DEBUG(1)
RP_GUEST_DEBUG(2)
RP_GUEST_DEBUG(3)
RP_GUEST_DEBUG(6)
RP_GUEST_DEBUG(7)
#undef RP_GUEST_DEBUG

static inline unsigned long rp_guest_flags(void)
{
    unsigned long value;
    __asm__ volatile("pushf; pop %0" : "=r"(value));
    return value;
}

static inline uint64_t rp_guest_rdmsr(uint32_t number)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

static inline void rp_guest_wrmsr(uint32_t number, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(number) : "memory");
}

static inline uint64_t rp_guest_xgetbv(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static inline void rp_guest_xsetbv(uint64_t value)
{
    __asm__ volatile("xsetbv" : : "a"((uint32_t)value), "d"((uint32_t)(value >> 32)), "c"(0));
}

static inline uint32_t rp_guest_rdpkru(void)
{
    uint32_t value, high;
    __asm__ volatile("rdpkru" : "=a"(value), "=d"(high) : "c"(0));
    return value;
}

static inline void rp_guest_wrpkru(uint32_t value)
{
    __asm__ volatile("wrpkru" : : "a"(value), "d"(0), "c"(0) : "memory");
}

struct rp_guest_cpuid {
    uint32_t a, b, c, d;
};

static inline struct rp_guest_cpuid rp_guest_cpuid(uint32_t leaf, uint32_t part)
{
    struct rp_guest_cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(part));
    return r;
}

static inline void rp_guest_out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t rp_guest_in(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* A descriptor-table register as LGDT takes it. */
struct rp_guest_table {
    uint16_t limit;
    unsigned long base;
} __attribute__((packed));

/* The image's own table of descriptors, load.c. */
extern struct rp_guest_table rp_guest_load_gdtr;

static inline void rp_guest_invlpg(unsigned long linear)
{
    __asm__ volatile("invlpg (%0)" : : "r"(linear) : "memory");
}

#endif
