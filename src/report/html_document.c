/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks of a document as HTML; see html_document.h. */
#include "report/html_document.h"

#include "report/inert.h"

#include <ctype.h>

static const char *const tones[RP_TONE_COUNT] = {
    [RP_TONE_PLAIN] = "",     [RP_TONE_STRONG] = "strong", [RP_TONE_FAINT] = "faint",
    [RP_TONE_ALARM] = "hole", [RP_TONE_GOOD] = "good",     [RP_TONE_DOUBT] = "doubt"};

void rp_html_slug(struct rp_text *text, const char *string)
{
    bool dash = false, any = false;
    for (const unsigned char *c = (const unsigned char *)string; *c; c++) {
        bool plain = *c < 0x80 && isalnum(*c);
        if (plain)
            rp_text_add(text, "%s%c", dash && any ? "-" : "", tolower(*c));
        any |= plain;
        dash = !plain;
    }
}

/* A list ends where anything but an item follows. */
static void begin_block(struct rp_document *document, enum rp_block block)
{
    if (document->last == RP_BLOCK_ITEM && block != RP_BLOCK_ITEM)
        rp_text_add(document->text, "</dl>\n");
    if (document->last != RP_BLOCK_ITEM && block == RP_BLOCK_ITEM)
        rp_text_add(document->text, "<dl>\n");
    document->last = block;
}

static void open_tag(struct rp_document *document, const char *tag, enum rp_tone tone)
{
    if (tone == RP_TONE_PLAIN)
        rp_text_add(document->text, "<%s>", tag);
    else
        rp_text_add(document->text, "<%s class=\"%s\">", tag, tones[tone]);
}

void rp_html_end_section(struct rp_document *document)
{
    if (document->last == RP_BLOCK_NONE)
        return;
    begin_block(document, RP_BLOCK_NONE);
    rp_text_add(document->text, "</section>\n");
}

void rp_html_heading(struct rp_document *document, unsigned level, const char *string)
{
    rp_html_end_section(document);
    rp_text_add(document->text, "<section id=\"");
    rp_html_slug(document->text, string);
    rp_text_add(document->text, "\"><h%u>", level);
    rp_inert_html(document->text, string);
    rp_text_add(document->text, "</h%u>\n", level);
    document->last = RP_BLOCK_HEADING;
}

void rp_html_paragraph(struct rp_document *document, enum rp_tone tone, const char *string)
{
    begin_block(document, RP_BLOCK_PARAGRAPH);
    open_tag(document, "p", tone);
    rp_inert_html(document->text, string);
    rp_text_add(document->text, "</p>\n");
}

static void write_item(struct rp_document *document, const char *term, const char *tag, const char *string)
{
    begin_block(document, RP_BLOCK_ITEM);
    rp_text_add(document->text, "<div><dt>");
    rp_inert_html(document->text, term);
    rp_text_add(document->text, "</dt><dd>%s%s%s", *tag ? "<" : "", tag, *tag ? ">" : "");
    rp_inert_html(document->text, string);
    rp_text_add(document->text, "%s%s%s</dd></div>\n", *tag ? "</" : "", tag, *tag ? ">" : "");
}

void rp_html_item(struct rp_document *document, const char *term, const char *string)
{
    write_item(document, term, "", string);
}

void rp_html_line(struct rp_document *document, const char *term, const char *line)
{
    write_item(document, term, "code", line);
}

void rp_html_table(struct rp_document *document, const struct rp_table *table)
{
    struct rp_text *text = document->text;
    begin_block(document, RP_BLOCK_TABLE);
    rp_text_add(text, "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>");
    for (size_t c = 0; c < table->columns; c++) {
        rp_text_add(text, "<th scope=\"col\">");
        rp_inert_html(text, table->heading[c]);
        rp_text_add(text, "</th>");
    }
    rp_text_add(text, "</tr></thead>\n<tbody>\n");
    for (size_t row = 0; row < rp_table_rows(table); row++) {
        const struct rp_cell *cell = table->cell + row * table->columns;
        rp_text_add(text, "<tr>");
        for (size_t c = 0; c < table->columns; c++) {
            open_tag(document, c ? "td" : "th scope=\"row\"", cell[c].tone);
            rp_inert_html(text, cell[c].text ? cell[c].text : "");
            rp_text_add(text, "%s", c ? "</td>" : "</th>");
        }
        rp_text_add(text, "</tr>\n");
    }
    rp_text_add(text, "</tbody></table></div>\n");
}
