/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The opcode maps as plain tables, for a browser that runs no script. A mode has those maps in which a
 * decoder knows something; the first cell of each instruction that is a hole or privileged has the id that
 * links go to. */
#include "base/string_table.h"
#include "report/html_document.h"
#include "report/html_parts.h"
#include "report/inert.h"

#include <string.h>

struct maps {
    const struct rp_atlas *atlas;
    struct rp_text *text;
    struct rp_string_table ids; /* that were given */
    enum rp_mode mode;
    size_t at; /* the next entry */
};

/* The id of an entry, once: "popf-prot32". */
static void add_id(struct maps *maps, const struct rp_verdict *verdict)
{
    struct rp_text id = {0};
    rp_html_slug(&id, verdict->name);
    rp_text_add(&id, "-%s", rp_mode_info(maps->mode)->name);
    size_t known = maps->ids.count;
    if (rp_string_table_add(&maps->ids, rp_text_string(&id)) == known && !maps->ids.failed)
        rp_text_add(maps->text, " id=\"%s\"", rp_text_string(&id));
    maps->text->failed |= id.failed;
    rp_text_free(&id);
}

/* The entry of a cell that hides the others; `first` is its first one, `end` behind its last. */
static const struct rp_atlas_entry *worst_of(const struct rp_atlas *atlas, size_t first, size_t end)
{
    const struct rp_atlas_entry *worst = &atlas->entry[first];
    for (size_t i = first; i < end; i++)
        if (atlas->entry[i].example->decoded &&
            rp_atlas_rank(atlas->entry[i].example->judgement) < rp_atlas_rank(worst->example->judgement))
            worst = &atlas->entry[i];
    return worst;
}

static void cell(struct maps *maps, size_t first, size_t end)
{
    const struct rp_atlas_entry *worst = worst_of(maps->atlas, first, end);
    const struct rp_verdict *verdict = worst->example;
    if (!verdict->decoded) {
        rp_text_add(maps->text, "<td>");
        return;
    }
    const char *judgement = rp_judgement_name(verdict->judgement);
    rp_text_add(maps->text, "<td class=%c", judgement[0]);
    if (verdict->judgement == RP_VERDICT_HOLE || verdict->judgement == RP_VERDICT_PRIVILEGED)
        add_id(maps, verdict);
    rp_text_add(maps->text, ">%s ", rp_html_glyph(verdict->judgement));
    rp_inert_html(maps->text, verdict->name);
}

/* Behind the last entry of the cell that entry `first` is in. */
static size_t cell_end(const struct rp_atlas *atlas, size_t first)
{
    const struct rp_atlas_entry *entry = atlas->entry;
    size_t end = first;
    while (end < atlas->entries && entry[end].mode == entry[first].mode &&
           entry[end].page == entry[first].page && entry[end].opcode == entry[first].opcode)
        end++;
    return end;
}

static bool has_decoded(const struct rp_atlas *atlas, size_t first, unsigned mode, unsigned page)
{
    for (size_t i = first; i < atlas->entries && atlas->entry[i].mode == mode && atlas->entry[i].page == page;
         i++)
        if (atlas->entry[i].example->decoded)
            return true;
    return false;
}

static void map(struct maps *maps, unsigned page)
{
    const struct rp_atlas *atlas = maps->atlas;
    struct rp_text title = {0};
    rp_atlas_page_title(&atlas->page[page], &title);
    rp_text_add(maps->text,
                "<div class=scroll tabindex=0><table class=static><caption>%s: %s</caption>\n<tr><th>",
                rp_mode_info(maps->mode)->name, rp_text_string(&title));
    rp_text_free(&title);
    for (unsigned column = 0; column < 16; column++)
        rp_text_add(maps->text, "<th scope=col>_%X", column);
    for (unsigned opcode = 0; opcode < RP_ATLAS_OPCODES; opcode++) {
        const struct rp_atlas_entry *entry = &atlas->entry[maps->at];
        if (opcode % 16 == 0)
            rp_text_add(maps->text, "\n<tr><th scope=row>%X_", opcode / 16);
        if (maps->at == atlas->entries || entry->mode != maps->mode || entry->page != page ||
            entry->opcode != opcode) {
            rp_text_add(maps->text, "<td>");
            continue;
        }
        size_t end = cell_end(atlas, maps->at);
        cell(maps, maps->at, end);
        maps->at = end;
    }
    rp_text_add(maps->text, "\n</table></div>\n");
}

void rp_html_maps(const struct rp_summary *summary, const struct rp_atlas *atlas, struct rp_text *text)
{
    struct maps maps = {.atlas = atlas, .text = text};
    (void)summary;
    while (maps.at < atlas->entries) {
        const struct rp_atlas_entry *entry = &atlas->entry[maps.at];
        unsigned page = entry->page;
        maps.mode = entry->mode;
        if (has_decoded(atlas, maps.at, maps.mode, page))
            map(&maps, page);
        while (maps.at < atlas->entries && atlas->entry[maps.at].mode == maps.mode &&
               atlas->entry[maps.at].page == page)
            maps.at++;
    }
    text->failed |= maps.ids.failed;
    rp_string_table_free(&maps.ids);
}
