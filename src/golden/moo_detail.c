/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One test in detail; see moo_verify.h. Values are those of the arena, where segments, CS and IP are others
 * than in the recording. */
#include "golden/moo_verify.h"

#include "x86/vector.h"
#include <stdio.h>

static void add_end(const char *who, unsigned kind, unsigned number, struct rp_text *text)
{
    bool vector = kind == RP_OUTCOME_TRAPPED || kind == RP_OUTCOME_ENTERED;
    const struct rp_vector_info *info = vector ? rp_vector_info((uint8_t)number) : NULL;
    rp_text_add(text, "  %-9s %s", who, rp_outcome_kind_name((enum rp_outcome_kind)kind));
    if (vector)
        rp_text_add(text, " %u", number);
    if (info)
        rp_text_add(text, " (%s)", info->name);
    rp_text_add(text, "\n");
}

/* The byte that the run left at `address`. */
static uint8_t byte_after(const struct rp_prestate *prestate, const struct rp_change *changes, size_t count,
                          uint32_t address)
{
    uint64_t word = rp_memory_get(&prestate->memory, address);
    for (size_t i = 0; i < count; i++) {
        uint32_t offset;
        enum rp_window window = rp_component_place(changes[i].component, &offset);
        if (window < RP_WINDOW_COUNT && rp_window_info(window)->address + offset == (address & ~7u))
            word = changes[i].value;
    }
    return (uint8_t)(word >> 8 * (address & 7));
}

static void add_row(const char *name, uint64_t before, uint64_t wanted, uint64_t mask, uint64_t got,
                    struct rp_text *text)
{
    rp_text_add(text, "  %c %-9s %8llx %8llx %8llx", (wanted ^ got) & mask ? '*' : ' ', name,
                (unsigned long long)before, (unsigned long long)wanted, (unsigned long long)got);
    if (mask != UINT32_MAX && mask != 0xff)
        rp_text_add(text, "  defined: %llx", (unsigned long long)mask);
    rp_text_add(text, "\n");
}

static void add_memory(const struct rp_recorded_run *run, const struct rp_prestate *prestate,
                       const struct rp_change *changes, size_t count, struct rp_text *text)
{
    for (unsigned i = 0; i < run->cells; i++) {
        const struct rp_recorded_cell *cell = &run->cell[i];
        char name[16];
        uint8_t got = byte_after(prestate, changes, count, cell->to);
        if (cell->frame || (cell->before == cell->after && got == cell->after))
            continue;
        snprintf(name, sizeof name, "[%x]", cell->to);
        add_row(name, cell->before, cell->after, cell->mask, got, text);
    }
}

void rp_moo_detail(const struct rp_moo_test *test, const struct rp_recorded_run *run,
                   const struct rp_prestate *prestate, const struct rp_moo_result *result,
                   const struct rp_change *changes, size_t count, struct rp_text *text)
{
    const struct rp_encoding *encoding = &run->encoding;
    uint64_t got[RP_RECORDED_REGISTERS];
    char name[RP_RECORDED_NAMES_MAX];
    rp_text_add(text, "%s  (", test->recording.name);
    for (unsigned i = 0; i < encoding->length; i++)
        rp_text_add(text, "%02x", encoding->bytes[i]);
    rp_text_add(text, ")\n");
    add_end("recorded:", result->wanted.kind, result->wanted.vector, text);
    add_end("came out:", result->got.kind, result->got.vector, text);
    rp_text_add(text, "              before recorded came out  (* differs)\n");
    rp_recorded_got(prestate, changes, count, got);
    for (unsigned i = 0; i < RP_RECORDED_REGISTERS; i++)
        if (i < RP_RECORDED_FS || test->recording.cpu == RP_RECORDED_386)
            add_row(rp_recorded_names(UINT32_C(1) << i, name), run->before[i], run->after[i], run->mask[i],
                    got[i], text);
    add_memory(run, prestate, changes, count, text);
}
