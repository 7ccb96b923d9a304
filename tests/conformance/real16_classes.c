/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Classes of disagreement with the recordings; see real16_classes.h. */
#include "conformance/real16_classes.h"
#include "support/suite.h"

#include "base/tsv.h"
#include "support/scratch.h"
#include "x86/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH      "tests/conformance/real16-classes.tsv"
#define HEADING   "class\tcounts\topcodes\twhen\tshows\tdiffers\treason"
#define PC_PORTS  0x100 /* devices of a PC that is given none */
#define ENTRIES   0x800 /* offset of the arena's entry points in the code, and their size */
#define WORD_ROOM 8     /* of SP: a vector's frame and the call behind it */

enum column { CLASS, COUNTS, OPCODES, WHEN, SHOWS, DIFFERS, REASON };

/* True if `word` is one of the blank- or comma-separated words of `list`. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (*list) {
        size_t there = strcspn(list, " ,");
        if (there == length && strncmp(list, word, length) == 0)
            return true;
        list += there + (list[there] != '\0');
    }
    return false;
}

/* LOCK is legal here: SDM Vol. 2A "LOCK", what of it the 286 has. */
static bool is_lockable(const struct rp_recorded_instruction *it)
{
    uint8_t opcode = it->opcode;
    if (!it->has_modrm || it->mod == 3)
        return false;
    if (opcode < 0x38)
        return (opcode & 7) < 2;
    if (opcode >= 0x80 && opcode <= 0x83)
        return it->reg < 7;
    if (opcode == 0xf6 || opcode == 0xf7)
        return it->reg == 2 || it->reg == 3;
    return opcode == 0x86 || opcode == 0x87 || (opcode >= 0xfe && it->reg < 2);
}

/* The port of IN, OUT, INS, OUTS. */
static unsigned port_of(const struct rp_recording *recording, const struct rp_recorded_instruction *it)
{
    return it->opcode >= 0xe4 && it->opcode <= 0xe7 ? recording->encoding.bytes[it->at]
                                                    : recording->before[RP_RECORDED_DX];
}

static bool is_odd_port(const struct rp_recording *recording, const struct rp_recorded_instruction *it)
{
    return it->opcode & 1 && port_of(recording, it) & 1;
}

/* The operand that ModRM names lies where guests push; see rp_recording_move.c. */
static bool is_below_stack(const struct rp_recording *recording, const struct rp_recorded_instruction *it)
{
    struct rp_recorded_operands operands;
    if (!it->has_modrm || it->mod == 3)
        return false;
    rp_recording_operands(recording, it, &operands);
    const struct rp_recorded_operand *named = &operands.operand[0];
    uint16_t distance = (uint16_t)(recording->after[RP_RECORDED_SP] - named->offset - 1);
    return named->segment == RP_RECORDED_SS && distance < RP_RECORDED_FRAME;
}

/* The frame of a vector lies outside of the windows, where the arena has no memory. */
static bool is_far_frame(const struct rp_recorded_run *run)
{
    uint32_t frame =
        ((uint32_t)run->before[RP_RECORDED_SS] << 4) + (uint16_t)(run->before[RP_RECORDED_SP] - 6);
    return frame - RP_ARENA_DATA >= RP_ARENA_DATA_SIZE && frame - RP_ARENA_STACK >= RP_ARENA_STACK_SIZE;
}

/* It branches to where the arena's vectors lead in real mode. */
static bool is_at_entry(const struct rp_recorded_run *run)
{
    return run->after[RP_RECORDED_CS] == RP_ARENA_CODE >> 4 && run->after[RP_RECORDED_IP] - ENTRIES < ENTRIES;
}

struct condition {
    const char *word;
    bool value;
};

/* A condition of the column `when`: a tag of the recordings, or what is worked out here. */
static bool holds(const char *word, const struct rp_recorded_run *run)
{
    const struct rp_recording *recording = run->recording;
    struct rp_recorded_instruction it = rp_recording_decode(&recording->encoding);
    uint32_t sp = recording->before[RP_RECORDED_SP], sp_after = recording->after[RP_RECORDED_SP];
    const struct condition conditions[] = {
        {"lockable", is_lockable(&it)},
        {"register", it.has_modrm && it.mod == 3},
        {"odd-port", is_odd_port(recording, &it)},
        {"pc-port", port_of(recording, &it) < PC_PORTS},
        {"below-sp", is_below_stack(recording, &it)},
        {"no-stack", sp_after & 1 && sp_after < WORD_ROOM},
        {"far-frame", is_far_frame(run)},
        {"at-entry", is_at_entry(run)},
        {"sp-at-end", sp == 0xfffe},
    };
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++)
        if (strcmp(word, conditions[i].word) == 0)
            return conditions[i].value;
    return has_word(real16_of(run)->tags, word);
}

static bool is_condition(const char *word)
{
    static const char known[] =
        "lockable register odd-port pc-port below-sp no-stack far-frame at-entry sp-at-end "
        "seg lock rep exc soft limit long popf sreg4+ alias undocumented";
    return has_word(known, word);
}

/* All conditions of the column; ! before a word: must not hold. */
static bool all_hold(const char *when, const struct rp_recorded_run *run)
{
    char word[16];
    while (strcmp(when, "-") != 0 && *when) {
        size_t length = strcspn(when, " ");
        bool negated = *when == '!';
        snprintf(word, sizeof word, "%.*s", (int)length - negated, when + negated);
        if (!is_condition(word))
            fail_msg("%s: '%s' is no condition", PATH, word);
        if (holds(word, run) == negated)
            return false;
        when += length + (when[length] != '\0');
    }
    return true;
}

/* "unicorn=60 bochs<=5". */
static bool parse_counts(const char *text, struct real16_class *class)
{
    while (*text) {
        if (class->bounds == REAL16_CLASS_EXECUTORS_MAX)
            return false;
        size_t name = strcspn(text, "<="), size = sizeof class->bound[0].executor;
        char *end;
        snprintf(class->bound[class->bounds].executor, size, "%.*s", (int)name, text);
        text += name;
        class->bound[class->bounds].at_most = *text == '<';
        text += *text == '<';
        if (*text != '=')
            return false;
        class->bound[class->bounds++].count = (unsigned)strtoul(text + 1, &end, 10);
        if (end == text + 1 || (*end != ' ' && *end != '\0'))
            return false;
        text = end + (*end == ' ');
    }
    return class->bounds > 0;
}

/* "ax flags&7000", or "-" with another outcome. */
static bool parse_differences(const char *text, struct real16_class *class)
{
    char names[RP_RECORDED_NAMES_MAX];
    const char *mask = strstr(text, "flags&");
    class->flags = mask ? (uint16_t)strtoul(mask + 6, NULL, 16) : 0;
    class->differences = RP_RECORDED_OUTCOME;
    if (strcmp(class->shows, "-") != 0)
        return strcmp(text, "-") == 0;
    snprintf(names, sizeof names, "%.*s", (int)(mask ? (size_t)(mask - text) + 5 : strlen(text)), text);
    return rp_recorded_names_find(names, &class->differences) && !(class->differences & RP_RECORDED_OUTCOME);
}

static int take_row(void *context, const struct rp_tsv_row *row, struct rp_error *error)
{
    struct real16_classes *classes = context;
    struct real16_class *class = &classes->row[classes->count];
    if (classes->count++ == REAL16_CLASSES_MAX)
        return rp_tsv_complain(row, error, "more than %d classes", REAL16_CLASSES_MAX);
    class->line = row->line;
    snprintf(class->id, sizeof class->id, "%s", row->column[CLASS]);
    snprintf(class->opcodes, sizeof class->opcodes, "%s", row->column[OPCODES]);
    snprintf(class->when, sizeof class->when, "%s", row->column[WHEN]);
    snprintf(class->shows, sizeof class->shows, "%s", row->column[SHOWS]);
    snprintf(class->reason, sizeof class->reason, "%s", row->column[REASON]);
    if (!parse_counts(row->column[COUNTS], class))
        return rp_tsv_complain(row, error, "'%s' are no counts", row->column[COUNTS]);
    if (!parse_differences(row->column[DIFFERS], class))
        return rp_tsv_complain(row, error, "'%s' can't differ where '%s' is shown", row->column[DIFFERS],
                               row->column[SHOWS]);
    if (strlen(class->reason) < 20)
        return rp_tsv_complain(row, error, "no reason");
    return RP_OK;
}

void real16_classes_load(struct real16_classes *classes)
{
    struct rp_error error = {0};
    char *text = scratch_read(PATH);
    memset(classes, 0, sizeof *classes);
    int result = rp_tsv_parse(PATH, text, strlen(text), HEADING, take_row, classes, &error);
    free(text);
    if (result)
        fail_msg("%s", error.line);
}

int real16_class_bound(const struct real16_class *class, const char *executor)
{
    for (unsigned i = 0; i < class->bounds; i++)
        if (strcmp(class->bound[i].executor, executor) == 0)
            return (int)i;
    return -1;
}

const char *real16_outcome_name(const struct rp_outcome *outcome, char name[16])
{
    const struct rp_vector_info *info = rp_vector_info(outcome->vector);
    bool vector = outcome->kind == RP_OUTCOME_TRAPPED || outcome->kind == RP_OUTCOME_ENTERED;
    snprintf(name, 16, "%s%s%s", rp_outcome_kind_name((enum rp_outcome_kind)outcome->kind), vector ? " " : "",
             vector && info ? info->name : "");
    return name;
}

static bool takes(const struct real16_class *class, const struct real16_disagreement *d)
{
    char shown[16] = "-";
    if (d->difference.set & ~class->differences || d->difference.flags & ~class->flags)
        return false;
    if (d->difference.set & RP_RECORDED_OUTCOME)
        real16_outcome_name(d->outcome, shown);
    bool opcode = strcmp(class->opcodes, "*") == 0 || has_word(class->opcodes, real16_of(d->run)->opcode);
    return opcode && strcmp(class->shows, shown) == 0 && all_hold(class->when, d->run);
}

const struct real16_class *real16_classes_find(const struct real16_classes *classes, const char *executor,
                                               const struct real16_disagreement *disagreement)
{
    for (unsigned i = 0; i < classes->count; i++) {
        const struct real16_class *class = &classes->row[i];
        if (real16_class_bound(class, executor) >= 0 && takes(class, disagreement))
            return class;
    }
    return NULL;
}
