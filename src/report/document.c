/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents as text and as Markdown; see document.h. */
#include "report/document.h"

#include "report/html_document.h"
#include "report/inert.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TERM 16 /* columns of a list's terms, in text */

/* The formatted string, from malloc; NULL and text->failed without memory. */
static char *format_string(struct rp_document *document, const char *format, va_list arguments)
{
    char *string = NULL;
    if (vasprintf(&string, format, arguments) < 0) {
        document->text->failed = true;
        return NULL;
    }
    return string;
}

/* In text, a blank line in front of `block` unless it belongs to what is before it. */
static void begin_block(struct rp_document *document, enum rp_block block)
{
    enum rp_block last = document->last;
    bool apart = block == RP_BLOCK_HEADING     ? last != RP_BLOCK_NONE
                 : block == RP_BLOCK_PARAGRAPH ? last > RP_BLOCK_HEADING
                 : block == RP_BLOCK_TABLE     ? last > RP_BLOCK_PARAGRAPH
                                               : last == RP_BLOCK_TABLE;
    document->last = block;
    if (apart && !document->markdown)
        rp_text_add(document->text, "\n");
}

#define PIECE 40 /* a word longer than this may be broken behind a slash */

static size_t piece_length(const char *word, bool commas)
{
    size_t length = strcspn(word, " ");
    while (commas && word[length] && word[length - 1] != ',')
        length += 1 + strcspn(word + length + 1, " ");
    for (size_t i = PIECE; length > PIECE && i > 1; i--)
        if (word[i - 1] == '/')
            return i;
    return length;
}

/* Writes `string` from column `at`, broken at blanks (`commas`: at those behind commas), further lines
 * indented by `indent`. */
static void wrap(struct rp_document *document, const char *string, size_t at, size_t indent, bool commas)
{
    size_t used = at;
    bool blank = false; /* between the last word and this one */
    for (const char *word = string; *word;) {
        size_t length = piece_length(word, commas);
        struct rp_text part = {0};
        if (used > at && used + blank + length > document->style.columns) {
            rp_text_add(document->text, "\n%*s", (int)indent, "");
            used = at = indent;
            blank = false;
        }
        rp_text_add_bytes(&part, word, length);
        rp_text_add(document->text, "%s", blank ? " " : "");
        rp_inert_plain(document->text, rp_text_string(&part));
        used += length + blank;
        word += length;
        blank = *word == ' ';
        word += strspn(word, " ");
        rp_text_free(&part);
    }
}

void rp_document_heading(struct rp_document *document, unsigned level, const char *format, ...)
{
    va_list arguments;
    struct rp_text *text = document->text;
    va_start(arguments, format);
    char *string = format_string(document, format, arguments);
    va_end(arguments);
    if (!string)
        return;
    if (document->html) {
        rp_html_heading(document, level, string);
        free(string);
        return;
    }
    begin_block(document, RP_BLOCK_HEADING);
    if (document->markdown) {
        rp_text_add(text, "%s ", level == 1 ? "#" : "##");
        rp_inert_markdown(text, string);
        rp_text_add(text, "\n\n");
    } else {
        for (char *c = string; *c && level > 1; c++)
            *c = (char)toupper((unsigned char)*c);
        rp_text_add(text, "%s", rp_style_on(&document->style, RP_TONE_STRONG));
        rp_inert_plain(text, string);
        rp_text_add(text, "%s\n", rp_style_off(&document->style, RP_TONE_STRONG));
        if (level == 1)
            rp_text_repeat(text, '=', strlen(string));
        rp_text_add(text, level == 1 ? "\n" : "");
    }
    free(string);
}

void rp_document_paragraph(struct rp_document *document, enum rp_tone tone, const char *format, ...)
{
    va_list arguments;
    struct rp_text *text = document->text;
    va_start(arguments, format);
    char *string = format_string(document, format, arguments);
    va_end(arguments);
    if (!string)
        return;
    if (document->html) {
        rp_html_paragraph(document, tone, string);
        free(string);
        return;
    }
    begin_block(document, RP_BLOCK_PARAGRAPH);
    if (document->markdown) {
        rp_text_add(text, tone == RP_TONE_ALARM ? "**" : "");
        rp_inert_markdown(text, string);
        rp_text_add(text, tone == RP_TONE_ALARM ? "**\n\n" : "\n\n");
    } else {
        rp_text_add(text, "%s", rp_style_on(&document->style, tone));
        wrap(document, string, 0, 0, false);
        rp_text_add(text, "%s\n", rp_style_off(&document->style, tone));
    }
    free(string);
}

/* The term of an item, in Markdown or plain text, where one that is wider than its column has the line to
 * itself. */
static void begin_item(struct rp_document *document, const char *term)
{
    struct rp_text *text = document->text;
    size_t length = strlen(term);
    begin_block(document, RP_BLOCK_ITEM);
    rp_text_add(text, document->markdown ? "- **" : "  ");
    (document->markdown ? rp_inert_markdown : rp_inert_plain)(text, term);
    if (document->markdown)
        rp_text_add(text, "**: ");
    else if (length < TERM)
        rp_text_repeat(text, ' ', TERM - length);
    else
        rp_text_add(text, "\n%*s", 2 + TERM, "");
}

void rp_document_indented(struct rp_document *document, unsigned indent, const char *string)
{
    rp_text_repeat(document->text, ' ', indent);
    wrap(document, string, indent, indent, false);
    rp_text_add(document->text, "\n");
}

static void write_item(struct rp_document *document, const char *term, const char *string, bool commas)
{
    struct rp_text *text = document->text;
    if (document->html) {
        rp_html_item(document, term, string);
        return;
    }
    begin_item(document, term);
    if (document->markdown)
        rp_inert_markdown(text, string);
    else
        wrap(document, string, 2 + TERM, 2 + TERM, commas);
    rp_text_add(text, "\n");
}

void rp_document_item(struct rp_document *document, const char *term, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *string = format_string(document, format, arguments);
    va_end(arguments);
    if (string)
        write_item(document, term, string, false);
    free(string);
}

void rp_document_list(struct rp_document *document, const char *term, const char *names)
{
    write_item(document, term, names, true);
}

void rp_document_end_list(struct rp_document *document)
{
    if (document->markdown)
        rp_text_add(document->text, "\n");
}

void rp_document_line(struct rp_document *document, const char *term, const char *line)
{
    struct rp_text *text = document->text;
    if (document->html) {
        rp_html_line(document, term, line);
        return;
    }
    begin_item(document, term);
    (document->markdown ? rp_inert_markdown_code : rp_inert_plain)(text, line);
    rp_text_add(text, "\n");
}

void rp_document_table(struct rp_document *document, struct rp_table *table)
{
    bool any = rp_table_rows(table) > 0;
    if (any && document->html) {
        rp_html_table(document, table);
    } else if (any) {
        begin_block(document, RP_BLOCK_TABLE);
        if (document->markdown) {
            rp_table_markdown(table, document->text);
            rp_text_add(document->text, "\n");
        } else {
            rp_table_text(table, &document->style, document->text);
        }
    }
    document->text->failed |= table->failed;
    rp_table_free(table);
}

/* Tags are ours alone: strings are inert. */
void rp_document_cut(struct rp_text *text, size_t start, size_t end, const char *note)
{
    static const char fold[] = "</details>\n\n";
    if (text->length <= end)
        return;
    size_t at = end - strlen(note) - sizeof fold - 3;
    while (at > start && text->data[at - 1] != '\n')
        at--;
    text->length = at > start ? at : start;
    text->data[text->length] = '\0';
    const char *folded = rp_text_string(text) + start, *close = folded;
    for (const char *next; (next = strstr(folded, "<details>")) != NULL; folded = next + 1)
        close = strstr(next, "</details>");
    rp_text_add(text, "\n%s%s\n\n", close ? "" : fold, note);
}
