/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filing verdicts by opcode map; see atlas.h. */
#include "report/atlas.h"

#include "store/digest.h"
#include "x86/decode.h"
#include "x86/prefix.h"

#include <stdlib.h>
#include <string.h>

/* A verdict on its way to an entry. */
struct filed {
    uint64_t behaviour;
    const char *name, *mnemonic; /* "" where no decoder knows it: they are cells, and tell nothing more */
    uint32_t number;             /* of the verdict */
    bool decoded, has_witness;
    uint8_t mode, page, opcode, modrm;
};

/* Who wants to point at which verdict. */
struct wish {
    uint32_t number;
    const struct rp_verdict **example;
};
struct wishes {
    struct wish *one;
    size_t count;
};

#define NO_PAGE UINT8_MAX

/* The page of a class and map; with `add`, a new one where there is none. */
static uint8_t page_of(struct rp_atlas *atlas, enum rp_encoding_class class, uint8_t map, bool add)
{
    unsigned i = 0;
    while (i < atlas->pages && (atlas->page[i].class != class || atlas->page[i].map != map))
        i++;
    if (i == atlas->pages && (!add || i == RP_ATLAS_PAGES_MAX))
        return NO_PAGE;
    if (i == atlas->pages)
        atlas->page[atlas->pages++] = (struct rp_atlas_page){.class = class, .map = map};
    return (uint8_t)i;
}

static int by_class(const void *a, const void *b)
{
    const struct rp_atlas_page *left = a, *right = b;
    /* XOP last: no CPU since 2017 has it */
    int x = left->class == RP_CLASS_XOP ? RP_CLASS_COUNT : (int)left->class;
    int y = right->class == RP_CLASS_XOP ? RP_CLASS_COUNT : (int)right->class;
    return x != y ? x - y : left->map - right->map;
}

static bool scan(const struct rp_verdict *verdict, struct rp_prefix_scan *prefixes)
{
    return rp_prefix_scan(verdict->mode, verdict->encoding.bytes, verdict->encoding.length, prefixes);
}

static void find_pages(struct rp_atlas *atlas, const struct rp_results *results)
{
    struct rp_prefix_scan prefixes;
    for (uint8_t map = 0; map < 4; map++)
        page_of(atlas, RP_CLASS_LEGACY, map, true);
    for (size_t i = 0; i < results->count; i++) {
        const struct rp_verdict *verdict = rp_results_at(results, i);
        if (verdict->decoded && scan(verdict, &prefixes))
            page_of(atlas, prefixes.class, prefixes.map, true);
    }
    qsort(atlas->page, atlas->pages, sizeof atlas->page[0], by_class);
}

/* Whether ModRM.reg belongs to the opcode the cell's name tells: "0f 00 /3 mem". */
static void find_groups(struct rp_atlas_page *page, const struct rp_verdict *verdict, uint8_t opcode)
{
    char cell[RP_OPCODE_CELL_MAX];
    if (!page->grouped[opcode])
        page->grouped[opcode] = strchr(rp_opcode_cell(verdict->mode, verdict->encoding.bytes,
                                                      verdict->encoding.length, cell, sizeof cell),
                                       '/') != NULL;
}

/* What the encoding did, but for how long it is: that tells nothing, and parts what belongs together. */
static uint64_t digest(const struct rp_verdict *verdict)
{
    struct rp_verdict copy = *verdict;
    struct rp_opinion opinion[RP_OPINIONS_MAX];
    for (unsigned i = 0; i < verdict->opinions && i < RP_OPINIONS_MAX; i++) {
        opinion[i] = verdict->opinion[i];
        opinion[i].ring[0].length = opinion[i].ring[1].length = 0;
    }
    copy.opinion = opinion;
    return rp_record_behaviour_digest(&copy) ^ (verdict->has_witness ? verdict->witness_kind : 0);
}

static size_t file_all(struct rp_atlas *atlas, const struct rp_results *results, struct filed *filed)
{
    size_t count = 0;
    for (size_t i = 0; i < results->count; i++) {
        const struct rp_verdict *verdict = rp_results_at(results, i);
        struct rp_prefix_scan prefixes;
        uint8_t page =
            scan(verdict, &prefixes) ? page_of(atlas, prefixes.class, prefixes.map, false) : NO_PAGE;
        if (page == NO_PAGE) {
            atlas->elsewhere[verdict->mode]++;
            continue;
        }
        if (prefixes.has_modrm)
            find_groups(&atlas->page[page], verdict, prefixes.opcode);
        filed[count++] =
            (struct filed){.number = (uint32_t)i,
                           .mode = (uint8_t)verdict->mode,
                           .decoded = verdict->decoded,
                           .has_witness = verdict->has_witness,
                           .name = verdict->decoded ? rp_results_name(results, verdict->name) : "",
                           .mnemonic = verdict->decoded ? rp_results_name(results, verdict->mnemonic) : "",
                           .behaviour = digest(verdict),
                           .page = page,
                           .opcode = prefixes.opcode,
                           .modrm = prefixes.has_modrm ? prefixes.modrm : 0};
    }
    return count;
}

static uint8_t reg_of(const struct rp_atlas *atlas, const struct filed *filed)
{
    return atlas->page[filed->page].grouped[filed->opcode] ? (uint8_t)(1 + (filed->modrm >> 3 & 7)) : 0;
}

/* The group's place as long as no opcode outside of it has one. */
static uint32_t place(const struct filed *filed)
{
    return (uint32_t)filed->mode << 24 | (uint32_t)filed->page << 16 | (uint32_t)filed->opcode << 8 |
           filed->modrm;
}

/* 0 if both belong to one entry's name. */
static int compare_names(const struct filed *a, const struct filed *b)
{
    if (a->decoded != b->decoded)
        return a->decoded ? -1 : 1;
    int order = strcmp(a->name, b->name);
    return order ? order : strcmp(a->mnemonic, b->mnemonic);
}

static int by_entry(const void *a, const void *b)
{
    const struct filed *left = a, *right = b;
    uint32_t x = place(left), y = place(right);
    if (x != y)
        return x < y ? -1 : 1;
    int order = compare_names(left, right);
    if (order)
        return order;
    if (left->behaviour != right->behaviour)
        return left->behaviour < right->behaviour ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

static int by_digest(const void *a, const void *b)
{
    const struct filed *left = a, *right = b;
    if (left->behaviour != right->behaviour)
        return left->behaviour < right->behaviour ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* Numbers behaviours in the order of their digests, which is the same in every run. */
static bool number_behaviours(struct rp_atlas *atlas, struct filed *filed, size_t count,
                              struct wishes *wishes)
{
    size_t kinds = 0;
    qsort(filed, count, sizeof *filed, by_digest);
    for (size_t i = 0; i < count; i++)
        kinds += i == 0 || filed[i].behaviour != filed[i - 1].behaviour;
    atlas->behaviour = calloc(kinds + 1, sizeof(const struct rp_verdict *));
    wishes->one = malloc((kinds + 1) * sizeof *wishes->one);
    if (!atlas->behaviour || !wishes->one)
        return false;
    uint64_t last = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || filed[i].behaviour != last)
            wishes->one[wishes->count++] =
                (struct wish){filed[i].number, &atlas->behaviour[atlas->behaviours++]};
        last = filed[i].behaviour;
        filed[i].behaviour = atlas->behaviours - 1;
    }
    return true;
}

static bool same_entry(const struct filed *a, const struct filed *b)
{
    return place(a) == place(b) && a->behaviour == b->behaviour && compare_names(a, b) == 0;
}

static bool fold(struct rp_atlas *atlas, struct filed *filed, size_t count, struct wishes *wishes)
{
    for (size_t i = 0; i < count; i++) /* from here on all that counts of ModRM */
        filed[i].modrm = reg_of(atlas, &filed[i]);
    qsort(filed, count, sizeof *filed, by_entry);
    for (size_t i = 0; i < count; i++)
        atlas->entries += i == 0 || !same_entry(&filed[i], &filed[i - 1]);
    atlas->entry = calloc(atlas->entries + 1, sizeof *atlas->entry);
    struct wish *grown = realloc(wishes->one, (wishes->count + atlas->entries + 1) * sizeof *grown);
    wishes->one = grown ? grown : wishes->one;
    if (!atlas->entry || !grown)
        return false;
    bool witnessed = false;
    struct rp_atlas_entry *entry = atlas->entry - 1;
    for (size_t i = 0; i < count; i++) {
        const struct filed *f = &filed[i];
        if (i == 0 || !same_entry(f, f - 1)) {
            *++entry = (struct rp_atlas_entry){.mode = (enum rp_mode)f->mode,
                                               .page = f->page,
                                               .opcode = f->opcode,
                                               .reg = f->modrm,
                                               .behaviour = (unsigned)f->behaviour};
            wishes->one[wishes->count++] = (struct wish){f->number, &entry->example};
            witnessed = f->has_witness;
        }
        entry->encodings++;
        if (!witnessed && f->has_witness)
            wishes->one[wishes->count - 1].number = f->number;
        witnessed |= f->has_witness;
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    const struct wish *left = a, *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* In ascending order, as verdicts come out of a file. */
static void grant(const struct rp_results *results, const struct wishes *wishes)
{
    qsort(wishes->one, wishes->count, sizeof *wishes->one, by_number);
    for (size_t i = 0; i < wishes->count; i++) {
        const struct wish *wish = &wishes->one[i];
        *wish->example = rp_results_keep(results, rp_results_at(results, wish->number));
    }
}

int rp_atlas_make(struct rp_atlas *atlas, const struct rp_results *results, struct rp_error *error)
{
    *atlas = (struct rp_atlas){0};
    struct filed *filed = malloc((results->count + 1) * sizeof *filed);
    struct wishes wishes = {0};
    bool ok = filed != NULL;
    if (ok) {
        find_pages(atlas, results);
        size_t count = file_all(atlas, results, filed);
        ok = number_behaviours(atlas, filed, count, &wishes) && fold(atlas, filed, count, &wishes);
    }
    free(filed);
    if (ok)
        grant(results, &wishes);
    free(wishes.one);
    return ok ? RP_OK : rp_error_set(error, RP_EENVIRONMENT, "out of memory for the opcode maps");
}

void rp_atlas_free(struct rp_atlas *atlas)
{
    free(atlas->entry);
    free(atlas->behaviour);
}

void rp_atlas_page_title(const struct rp_atlas_page *page, struct rp_text *text)
{
    static const char *const escapes[] = {"one byte", "0F", "0F 38", "0F 3A"};
    static const char *const classes[RP_CLASS_COUNT] = {[RP_CLASS_LEGACY] = "",
                                                        [RP_CLASS_3DNOW] = "3DNow!",
                                                        [RP_CLASS_XOP] = "XOP",
                                                        [RP_CLASS_VEX] = "VEX",
                                                        [RP_CLASS_EVEX] = "EVEX"};
    bool escaped = page->map < sizeof escapes / sizeof escapes[0] && page->class != RP_CLASS_XOP;
    rp_text_add(text, "%s", classes[page->class]);
    if (page->class == RP_CLASS_3DNOW)
        return;
    if (escaped && (page->map > 0 || page->class == RP_CLASS_LEGACY))
        rp_text_add(text, "%s%s", page->class == RP_CLASS_LEGACY ? "" : " ", escapes[page->map]);
    else
        rp_text_add(text, " map %u", page->map);
}

enum rp_judgement rp_atlas_judgement(const struct rp_verdict *verdict, enum rp_policy policy)
{
    if (policy == verdict->policy || verdict->judgement == RP_VERDICT_INNOCUOUS)
        return verdict->judgement;
    switch (verdict->by_policy[policy]) {
    case RP_ANSWER_HOLE:
        return RP_VERDICT_HOLE;
    case RP_ANSWER_PRIVILEGED:
        return RP_VERDICT_PRIVILEGED;
    case RP_ANSWER_INNOCUOUS:
        return RP_VERDICT_INNOCUOUS;
    case RP_ANSWER_NOT_ASKED:
    case RP_ANSWER_UNKNOWN:
        break;
    }
    return RP_VERDICT_UNKNOWN;
}

unsigned rp_atlas_rank(enum rp_judgement judgement)
{
    static const unsigned ranks[RP_VERDICT_COUNT] = {[RP_VERDICT_HOLE] = 0,
                                                     [RP_VERDICT_PRIVILEGED] = 1,
                                                     [RP_VERDICT_UNKNOWN] = 2,
                                                     [RP_VERDICT_INNOCUOUS] = 3};
    return ranks[judgement];
}
