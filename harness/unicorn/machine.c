/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's Unicorn instance: opened, mapped, hooked, opened anew; pre-states made ready. See machine.h. */
#include "unicorn/machine.h"

#include "unicorn/calibrate.h"
#include "unicorn/machine_internal.h"

#include <string.h>
#include <sys/mman.h>

/* The instruction that empties the TLB stands in a page of the page tables' region that no table uses, in
 * real mode with this segment base: the entry that fetching behind it leaves in the TLB grants what the
 * tables grant anyway. */
#define FLUSH_BASE   (RP_ARENA_TABLES + 0xe000)
#define FLUSH_OFFSET 0x10
#define PKRU_KEY0    UINT64_C(3)
#define CR4_PGE      UINT64_C(0x80)

/* Called before each instruction but the padding and those that cannot lead back to themselves. It stops
 * before the second one, and so shows that the one under test has retired; REP may begin anew some times, and
 * so may each of a sequence. */
static void on_instruction(uc_engine *uc, uint64_t linear, uint32_t size, void *context)
{
    struct rp_uc_machine *machine = context;
    (void)size;
    if (linear - machine->start < machine->own && machine->begun++ < machine->repetitions)
        return;
    machine->followed = true; /* Unicorn has made env->eip linear */
    uc_emu_stop(uc);
}

static void on_interrupt(uc_engine *uc, uint32_t vector, void *context)
{
    struct rp_uc_machine *machine = context;
    machine->interrupted = true;
    machine->vector = vector;
    uc_emu_stop(uc);
}

static void on_store(uc_engine *uc, uc_mem_type type, uint64_t linear, int size, int64_t value, void *context)
{
    struct rp_uc_machine *machine = context;
    (void)uc, (void)type, (void)value;
    rp_uc_memory_note(&machine->memory, linear, (uint32_t)size);
}

static uint64_t on_device_read(uc_engine *uc, uint64_t offset, unsigned size, void *context)
{
    (void)uc, (void)offset, (void)size, (void)context;
    return 0;
}

static void on_device_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *context)
{
    (void)uc, (void)offset, (void)size, (void)value, (void)context;
}

/* Unicorn looks an access up by its linear address before it walks the page tables, and calls what it has not
 * mapped there "unmapped" instead of #PF or #GP (unicorn #1718, #439, #947). So under paging everything
 * between the regions is mapped as a device, which no page table leads to. */
static uc_err map_gap(uc_engine *uc, uint64_t from, uint64_t to)
{
    if (from == to)
        return UC_ERR_OK;
    return uc_mmio_map(uc, from, to - from, on_device_read, NULL, on_device_write, NULL);
}

static uc_err map_region(struct rp_uc_machine *machine, uint64_t address, unsigned region, uint64_t *mapped)
{
    const struct rp_arena_region *r = &rp_arena_regions[region];
    uc_err err = machine->memory.aliases ? map_gap(machine->uc, *mapped, address) : UC_ERR_OK;
    *mapped = address + r->size;
    /* What the test may not do is for page tables to say, so that it is a fault; only stray jumps end here.
     */
    uint32_t access = UC_PROT_READ | UC_PROT_WRITE | (r->executable ? UC_PROT_EXEC : 0u);
    if (err == UC_ERR_OK)
        err = uc_mem_map_ptr(machine->uc, address, r->size, access,
                             rp_uc_memory_region(&machine->memory, region));
    return err;
}

enum { REGION_CODE, REGION_DATA, REGION_STACK, REGION_SYSTEM };

static uc_err map_arena(struct rp_uc_machine *machine)
{
    static const struct {
        uint32_t address;
        uint8_t region;
        bool alias;
    } places[] = {
        {0, REGION_DATA, true},
        {RP_ARENA_CODE, REGION_CODE, false},
        {RP_ARENA_DATA, REGION_DATA, false},
        {RP_ARENA_STACK, REGION_STACK, false},
        {RP_ARENA_ALIAS_SUM, REGION_DATA, true},
        {RP_ARENA_ALIAS_BASE, REGION_DATA, true},
        {RP_ARENA_SYSTEM, REGION_SYSTEM, false},
    };
    uint64_t mapped = 0;
    uc_err err = UC_ERR_OK;
    for (unsigned i = 0; i < sizeof places / sizeof places[0] && err == UC_ERR_OK; i++)
        if (!places[i].alias || machine->memory.aliases)
            err = map_region(machine, places[i].address, places[i].region, &mapped);
    if (err == UC_ERR_OK && machine->memory.aliases)
        err = map_gap(machine->uc, mapped, 0);
    return err;
}

/* uc_hook_add takes any kind of function as void *, which ISO C has no cast for. */
union callback {
    uc_cb_hookintr_t interrupt;
    uc_cb_hookmem_t store;
    uc_cb_hookcode_t instruction;
    uc_cb_insn_in_t port;
    void *any;
};

static uc_err add_watch(struct rp_uc_machine *machine, uint64_t first, uint64_t last, uc_hook *hook)
{
    union callback callback = {.instruction = on_instruction};
    return uc_hook_add(machine->uc, hook, UC_HOOK_CODE, callback.any, machine, first, last);
}

void rp_uc_machine_watch(struct rp_uc_machine *machine, uint32_t first, uint32_t end)
{
    if (first == machine->watched_first && end == machine->watched_end)
        return;
    if (machine->watched_first < machine->watched_end)
        uc_hook_del(machine->uc, machine->watch);
    machine->watched_first = first;
    machine->watched_end = end;
    if (first < end)
        add_watch(machine, RP_ARENA_INSTRUCTION + first, RP_ARENA_INSTRUCTION + end - 1, &machine->watch);
}

/* Nobody answers at any port, as on a bus without devices, in the guests and under KVM: all ones. Without
 * this Unicorn reads 0. */
static uint32_t on_port(uc_engine *uc, uint32_t port, int size, void *machine)
{
    (void)uc, (void)port, (void)size, (void)machine;
    return UINT32_MAX;
}

static uc_err add_hooks(struct rp_uc_machine *machine)
{
    uc_hook hook;
    union callback callback = {.interrupt = on_interrupt};
    uc_err err = uc_hook_add(machine->uc, &hook, UC_HOOK_INTR, callback.any, machine, 1, 0);
    callback.store = on_store;
    if (err == UC_ERR_OK)
        err = uc_hook_add(machine->uc, &hook, UC_HOOK_MEM_WRITE, callback.any, machine, 1, 0);
    callback.port = on_port;
    if (err == UC_ERR_OK)
        err = uc_hook_add(machine->uc, &hook, UC_HOOK_INSN, callback.any, machine, 1, 0, UC_X86_INS_IN);
    if (err == UC_ERR_OK)
        err = add_watch(machine, 0, RP_ARENA_INSTRUCTION - 1, &hook);
    if (err == UC_ERR_OK)
        err = add_watch(machine, RP_ARENA_INSTRUCTION + RP_UC_PADDED, UINT64_MAX, &hook);
    return err;
}

/* CPUID words that Unicorn's reset forgets: without them instructions that it implements are #UD. By index:
 * 0 leaf 1 EDX, 1 leaf 1 ECX, 2 leaf 7 EBX, 3 leaf 7 ECX, 6 and 7 leaf 80000001h EDX and ECX, 19 leaf Dh:1
 * EAX, 21 leaf Dh:0 EAX. */
static const struct {
    uint8_t word;
    uint32_t bits;
} features[] = {
    {0, 0x078bfbff},  /* what every 64-bit CPU has: FPU to SSE2, without PSN, DS, ACPI */
    {1, 0x46d8220b},  /* SSE3 PCLMULQDQ MONITOR SSSE3 CX16 SSE4 MOVBE POPCNT AES XSAVE RDRAND */
    {2, 0x018c0189},  /* FSGSBASE BMI1 SMEP BMI2 RDSEED ADX CLFLUSHOPT CLWB */
    {3, 0x00000008},  /* PKU */
    {6, 0x4a500800},  /* SYSCALL NX MMXEXT FFXSR RDTSCP 3DNOWEXT */
    {7, 0x00000140},  /* SSE4A 3DNOWPREFETCH */
    {19, 0x00000001}, /* XSAVEOPT */
    {21, 0x00000207}, /* x87, SSE, AVX, PKRU as bits of XCR0 */
};

static void enable_features(struct rp_uc_machine *machine)
{
    struct rp_uc_full_context *all = &machine->pristine;
    rp_uc_context_init(&all->context, sizeof all->context.cpu + sizeof all->tail);
    rp_uc_save(machine->uc, &all->context);
    for (unsigned i = 0; i < sizeof features / sizeof features[0]; i++)
        all->tail.feature[features[i].word] |= features[i].bits;
    all->context.cpu.dr[6] = 0xffff0ff0;
    rp_uc_restore(machine->uc, &all->context);
}

static void make_flush(struct rp_uc_machine *machine)
{
    static const unsigned char mov_cr4_eax[] = {0x0f, 0x22, 0xe0, 0xf4, 0xf4, 0xf4, 0xf4, 0xf4};
    rp_uc_memory_write(&machine->memory, FLUSH_BASE + FLUSH_OFFSET, mov_cr4_eax, sizeof mov_cr4_eax);
    struct rp_uc_context *flush = &machine->flush;
    flush->cpu = machine->pristine.context.cpu;
    rp_uc_context_init(flush, sizeof flush->cpu);
    struct rp_uc_cpu *cpu = &flush->cpu;
    for (unsigned i = 0; i < 6; i++)
        cpu->segment[i] = (struct rp_uc_segment){.limit = 0xffff, .flags = 0x9300};
    cpu->segment[1].base = FLUSH_BASE;
    cpu->cr[0] = 0x10;
    cpu->cr[4] = cpu->efer = 0;
    cpu->gpr[0] = CR4_PGE; /* a change of PGE empties the TLB, SDM Vol. 3A 4.10.4.1 */
    cpu->eflags = RP_FLAG_ONE;
    cpu->hflags = rp_uc_hflags(cpu);
}

/* All of the code page is padding, so that wherever a jump leads, translation ends there and then: a page of
 * zeros is 512 instructions a block, 200 KB of code. */
static void pad_code(struct rp_uc_machine *machine)
{
    unsigned char padding[RP_ARENA_CODE_SIZE];
    memset(padding, RP_UC_PAD, sizeof padding);
    rp_uc_memory_write(&machine->memory, RP_ARENA_CODE, padding, sizeof padding);
}

/* Unicorn reserves 1 GiB for translations, and where it can't it exits the process. */
static bool has_address_space(void)
{
    size_t size = ((size_t)1 << 30) + ((size_t)64 << 20);
    void *place = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED)
        return false;
    munmap(place, size);
    return true;
}

static int open_engine(uc_engine **uc, struct rp_error *error)
{
    *uc = NULL;
    if (!has_address_space())
        return rp_error_set(
            error, RP_EENVIRONMENT,
            "unicorn can't be opened: it reserves 1 GiB of address space a mode; raise 'ulimit -v'");
    uc_err err = uc_open(UC_ARCH_X86, UC_MODE_64, uc);
    if (err != UC_ERR_OK) {
        *uc = NULL;
        return rp_error_set(error, RP_EENVIRONMENT, "unicorn can't be opened: %s", uc_strerror(err));
    }
    return rp_uc_calibrate(*uc, error);
}

int rp_uc_machine_check(struct rp_error *error)
{
    uc_engine *uc;
    int result = open_engine(&uc, error);
    if (uc)
        uc_close(uc);
    return result;
}

static int open_instance(struct rp_uc_machine *machine, struct rp_error *error)
{
    int result = open_engine(&machine->uc, error);
    if (result != RP_OK)
        return result;
    uc_err err = map_arena(machine);
    if (err == UC_ERR_OK)
        err = add_hooks(machine);
    if (err != UC_ERR_OK)
        return rp_error_set(error, RP_EENVIRONMENT, "unicorn can't map the arena: %s", uc_strerror(err));
    enable_features(machine);
    machine->view_known = false;
    machine->encoding.length = 0;
    machine->sequence.count = 0;
    machine->translations = 0;
    machine->watched_first = machine->watched_end = 0;
    machine->start = RP_ARENA_INSTRUCTION;
    return RP_OK;
}

int rp_uc_machine_open(struct rp_uc_machine *machine, enum rp_mode mode, struct rp_error *error)
{
    memset(machine, 0, sizeof *machine);
    machine->mode = mode;
    int result = rp_uc_memory_open(&machine->memory, mode, error);
    if (result == RP_OK)
        result = open_instance(machine, error);
    if (result != RP_OK) {
        rp_uc_machine_close(machine);
        return result;
    }
    rp_uc_context_init(&machine->after, sizeof machine->after.cpu);
    make_flush(machine);
    pad_code(machine);
    return RP_OK;
}

int rp_uc_machine_reopen(struct rp_uc_machine *machine, struct rp_error *error)
{
    uc_close(machine->uc);
    machine->uc = NULL;
    machine->reopened++;
    return open_instance(machine, error);
}

void rp_uc_machine_close(struct rp_uc_machine *machine)
{
    if (machine->uc)
        uc_close(machine->uc);
    machine->uc = NULL;
    rp_uc_memory_close(&machine->memory);
}

uc_err rp_uc_machine_flush(struct rp_uc_machine *machine)
{
    machine->begun = 0;
    machine->own = machine->repetitions = 1;
    machine->start = FLUSH_BASE + FLUSH_OFFSET;
    rp_uc_restore(machine->uc, &machine->flush);
    uc_err err = uc_emu_start(machine->uc, FLUSH_OFFSET, 0, 0, 0);
    machine->start = RP_ARENA_INSTRUCTION;
    return err;
}

static struct rp_uc_view view_of(const uint64_t *reg)
{
    /* PE WP PG; PSE PAE PGE SMEP SMAP PKE; NXE */
    return (struct rp_uc_view){reg[RP_REG_CR0] & 0x80010001, reg[RP_REG_CR4] & 0x7000b0,
                               reg[RP_REG_EFER] & 0x800, reg[RP_REG_PKRU] & PKRU_KEY0};
}

/* True if the image gives back every register that it holds, so that no bit of the pre-state was lost. */
static bool held(const struct rp_uc_prepared *prepared)
{
    uint64_t reg[RP_REG_COUNT];
    memcpy(reg, prepared->reg, sizeof reg);
    rp_uc_read(&prepared->context.cpu, 0, RP_REG_COUNT, reg);
    return memcmp(reg, prepared->reg, sizeof reg) == 0;
}

int rp_uc_machine_prepare(struct rp_uc_machine *machine, const struct rp_prestate *prestate,
                          struct rp_uc_prepared *prepared, struct rp_error *error)
{
    const uint64_t *reg = prestate->state.reg;
    uint16_t control = (uint16_t)reg[RP_REG_FCW];
    uint32_t mxcsr = (uint32_t)reg[RP_REG_MXCSR];
    rp_uc_context_init(&prepared->context, sizeof prepared->context.cpu);
    rp_uc_restore(machine->uc, &machine->pristine.context);
    uc_reg_write(machine->uc, UC_X86_REG_FPCW, &control);
    uc_reg_write(machine->uc, UC_X86_REG_MXCSR, &mxcsr);
    rp_uc_save(machine->uc, &prepared->context);
    rp_uc_load(&prepared->context.cpu, &prestate->state);
    memcpy(prepared->reg, reg, sizeof prepared->reg);
    prepared->view = view_of(reg);
    prepared->mode = prestate->mode;
    prepared->ring = prestate->ring;
    prepared->held = held(prepared);
    return rp_uc_words_init(&prepared->words, &machine->memory, &prestate->memory, error);
}

void rp_uc_machine_release(struct rp_uc_machine *machine, struct rp_uc_prepared *prepared)
{
    rp_uc_words_free(&prepared->words, &machine->memory);
}

static void prefetch(const void *from, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += 64)
        __builtin_prefetch((const char *)from + at);
}

void rp_uc_prefetch(const struct rp_uc_prepared *prepared)
{
    prefetch(&prepared->context, sizeof prepared->context);
    prefetch(prepared->reg, (RP_REG_RFLAGS + 1) * sizeof prepared->reg[0]);
    prefetch(prepared->words.step, prepared->words.step_count * sizeof prepared->words.step[0]);
}
