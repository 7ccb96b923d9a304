/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No run leaves anything to the next; see history.h. */
#include "support/history.h"

#include "base/random.h"
#include "support/rig.h"
#include "x86/form.h"

#include <stdio.h>

#define JOBS       HISTORY_JOBS
#define STATES_MAX 128
#define DRAWN      3 /* in four jobs, from the form space; the rest are known to leave something behind */

/* What outlives a context if nobody looks after it: TLB, MTRRs, breakpoints, page tables, code, halt, GIF, A
 * and D bits. */
const struct rp_encoding history_lasting[HISTORY_LASTING] = {
    {{0x0f, 0x22, 0xc0}, 3},          /* mov cr0, eax */
    {{0x0f, 0x22, 0xd8}, 3},          /* mov cr3, eax */
    {{0x0f, 0x22, 0xd9}, 3},          /* mov cr3, ecx */
    {{0x0f, 0x22, 0xe0}, 3},          /* mov cr4, eax */
    {{0x0f, 0x01, 0xf0}, 3},          /* lmsw ax */
    {{0x0f, 0x06}, 2},                /* clts */
    {{0x0f, 0x30}, 2},                /* wrmsr */
    {{0x0f, 0x32}, 2},                /* rdmsr */
    {{0x0f, 0x01, 0xd1}, 3},          /* xsetbv */
    {{0x0f, 0x01, 0xef}, 3},          /* wrpkru */
    {{0x0f, 0x01, 0x3b}, 3},          /* invlpg [ebx] */
    {{0x0f, 0x23, 0xf8}, 3},          /* mov dr7, eax */
    {{0x0f, 0x23, 0xc0}, 3},          /* mov dr0, eax */
    {{0x0f, 0x01, 0xdc}, 3},          /* stgi */
    {{0x0f, 0x01, 0xf8}, 3},          /* swapgs */
    {{0xf4}, 1},                      /* hlt */
    {{0xfb}, 1},                      /* sti */
    {{0x8e, 0xd0}, 2},                /* mov ss, ax */
    {{0x0f, 0x00, 0xd8}, 3},          /* ltr ax */
    {{0x0f, 0x00, 0xd0}, 3},          /* lldt ax */
    {{0x0f, 0x01, 0x13}, 3},          /* lgdt [ebx] */
    {{0xea, 0, 0, 0, 0, 0xa8, 0}, 7}, /* jmp to a TSS */
    {{0x9a, 0, 0, 0, 0, 0x98, 0}, 7}, /* call through a gate */
    {{0xcf}, 1},                      /* iret */
    {{0xcb}, 1},                      /* ret far */
    {{0x89, 0x03}, 2},                /* mov [ebx], eax */
    {{0x87, 0x03}, 2},                /* xchg [ebx], eax */
    {{0xff, 0x23}, 2},                /* jmp [ebx] */
    {{0xf3, 0xab}, 2},                /* rep stos */
    {{0x0f, 0xae, 0x0b}, 3},          /* fxrstor [ebx] */
    {{0xdd, 0x23}, 2},                /* frstor [ebx] */
    {{0x0f, 0xaa}, 2},                /* rsm */
    {{0x8e, 0xd8}, 2},                /* mov ds, ax */
    {{0x90}, 1},
};

/* User states that make those reach far: other roots, page tables, the code page, MTRRs, descriptors. */
const char *const history_users[HISTORY_USERS] = {
    "-",
    "rax=80010033,rcx=200,rdx=1,rbx=850000",
    "rax=0,rcx=c0000080,rdx=0,rbx=10600",
    "rax=20000,rcx=2ff,rbx=800080,rdi=85f000",
    "rax=10001,rcx=0,rdx=0,rbx=10400",
    "rax=7,rcx=400,rdx=0,rflags=3",
    "rax=83,rbx=83,rflags=40002,data+400=0005010023000000,stack+1000=00050100230000000200000000100300",
    "rax=a8,rcx=3,stack+1000=0005010008000000463000000010030018000000",
};
static const char *const machines[] = {"", ",gdtr.base=810000,ldtr.base=830000,rflags.iopl=1,pkru=3",
                                       ",cr0.wp=0,dr0=70000,tr.base=848000,gdt.data.a=0",
                                       ",cr4.smep=1,cr4.smap=1,cr0.ts=1"};

static uint32_t states[STATES_MAX];
static enum rp_mode mode_of[STATES_MAX];
static unsigned state_count;
static struct rp_job jobs[JOBS];
static uint64_t hashes[3][JOBS];

static void prepare_states(void)
{
    char machine[120];
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++) {
        for (unsigned ring = 0; ring <= 3; ring += 3) {
            const struct rp_mode_info *info = rp_mode_info((enum rp_mode)mode);
            if (ring ? !info->has_ring3 : !info->has_ring0)
                continue;
            for (unsigned i = 0; i < HISTORY_USERS; i++) {
                const char *more = info->protected_mode ? machines[i % 4] : "";
                snprintf(machine, sizeof machine, "ring=%u%s", ring, more);
                mode_of[state_count] = (enum rp_mode)mode;
                states[state_count++] = rig_prepare((enum rp_mode)mode, machine, history_users[i]);
            }
        }
    }
    assert_true(state_count <= STATES_MAX);
}

static void draw_form(struct rp_form_space *const spaces[RP_MODE_COUNT], struct rp_random *random,
                      struct rp_job *job, enum rp_mode mode, history_left_out *is_left_out)
{
    struct rp_instruction instruction;
    struct rp_form form;
    do {
        size_t count = rp_form_space_encodings(spaces[mode]) - rp_form_space_undocumented(spaces[mode]);
        rp_form_space_get(spaces[mode], rp_random_below(random, count), &form);
        rp_decode(mode, form.encoding.bytes, form.encoding.length, &instruction, NULL);
    } while (is_left_out(&instruction));
    job->encoding = form.encoding;
}

static void draw_jobs(history_left_out *is_left_out)
{
    struct rp_form_space *spaces[RP_MODE_COUNT];
    struct rp_random random = rp_random_make(20, 0);
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        assert_int_equal(rp_form_space_open((enum rp_mode)mode, &spaces[mode], NULL), RP_OK);
    for (unsigned i = 0; i < JOBS; i++) {
        unsigned state = (unsigned)rp_random_below(&random, state_count);
        jobs[i].prestate = states[state];
        if (rp_random_below(&random, 4) < DRAWN)
            draw_form(spaces, &random, &jobs[i], mode_of[state], is_left_out);
        else
            jobs[i].encoding = history_lasting[rp_random_below(&random, HISTORY_LASTING)];
    }
    for (unsigned mode = 0; mode < RP_MODE_COUNT; mode++)
        rp_form_space_close(spaces[mode]);
}

static void order_jobs(unsigned pass, unsigned order[JOBS])
{
    struct rp_random random = rp_random_make(21, 0);
    for (unsigned i = 0; i < JOBS; i++)
        order[i] = pass == 1 ? JOBS - 1 - i : i;
    for (unsigned i = JOBS - 1; pass == 2 && i > 0; i--) {
        unsigned other = (unsigned)rp_random_below(&random, i + 1), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
}

static void print_job(const struct rp_job *job)
{
    char bytes[2 * RP_ENCODING_MAX + 1];
    for (size_t i = 0; i < job->encoding.length; i++)
        snprintf(bytes + 2 * i, 3, "%02x", job->encoding.bytes[i]);
    print_error("%s, state %u of its mode: ", bytes, job->prestate);
}

void history_expect_none(history_left_out *is_left_out, size_t retired)
{
    static unsigned order[JOBS];
    size_t kinds[RP_OUTCOME_COUNT] = {0};
    prepare_states();
    draw_jobs(is_left_out);
    for (unsigned pass = 0; pass < 3; pass++) {
        order_jobs(pass, order);
        for (unsigned i = 0; i < JOBS; i++) {
            const struct rp_outcome *outcome = rig_run_job(&jobs[order[i]]);
            hashes[pass][order[i]] = outcome->hash;
            kinds[outcome->kind]++;
        }
    }
    for (unsigned i = 0; i < JOBS; i++) {
        for (unsigned pass = 1; pass < 3; pass++) {
            if (hashes[pass][i] != hashes[0][i]) {
                print_job(&jobs[i]);
                fail_msg("pass %u differs", pass);
            }
        }
    }
    /* A mixture in which nothing retires or traps would prove nothing. */
    if (kinds[RP_OUTCOME_RETIRED] < retired || kinds[RP_OUTCOME_TRAPPED] < JOBS / 4)
        fail_msg("%zu retired, %zu trapped", kinds[RP_OUTCOME_RETIRED], kinds[RP_OUTCOME_TRAPPED]);
}
