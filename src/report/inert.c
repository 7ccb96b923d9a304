/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escaping for each kind of reader; see inert.h. */
#include "report/inert.h"

#include <string.h>

/* The length of the printable character at `string`, 0 if what stands there must not be shown. ASCII and
 * UTF-8 of two to four bytes; U+0080 to U+009F are controls too. */
static size_t printable(const char *string)
{
    const unsigned char *s = (const unsigned char *)string;
    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7f;
    size_t size = s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
    if (s[0] >= 0xf5 || (s[0] == 0xc2 && s[1] < 0xa0))
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

void rp_inert_plain(struct rp_text *text, const char *string)
{
    while (*string) {
        size_t size = printable(string);
        rp_text_add_bytes(text, size ? string : "?", size ? size : 1);
        string += size ? size : 1;
    }
}

void rp_inert_markdown(struct rp_text *text, const char *string)
{
    struct rp_text plain = {0};
    rp_inert_plain(&plain, string);
    for (const char *s = rp_text_string(&plain); *s; s++) {
        if (*s == '<')
            rp_text_add(text, "&lt;");
        else if (*s == '>')
            rp_text_add(text, "&gt;");
        else if (*s == '&')
            rp_text_add(text, "&amp;");
        else
            rp_text_add(text, "%s%c", strchr("\\`*_[]|~$!", *s) ? "\\" : "", *s);
    }
    text->failed |= plain.failed;
    rp_text_free(&plain);
}

/* A span that holds back-quotes needs a longer fence than its longest run of them (CommonMark 6.1); a '|'
 * ends a table cell even there, unless it is escaped (GFM 4.10). */
void rp_inert_markdown_code(struct rp_text *text, const char *string)
{
    struct rp_text plain = {0};
    size_t run = 0, longest = 0;
    rp_inert_plain(&plain, string);
    const char *content = rp_text_string(&plain);
    for (const char *s = content; *s; s++) {
        run = *s == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    const char *space = longest ? " " : "";
    rp_text_repeat(text, '`', longest + 1);
    rp_text_add(text, "%s", space);
    for (const char *s = content; *s; s++)
        rp_text_add(text, "%s%c", *s == '|' ? "\\" : "", *s);
    rp_text_add(text, "%s", space);
    rp_text_repeat(text, '`', longest + 1);
    text->failed |= plain.failed;
    rp_text_free(&plain);
}

void rp_inert_html(struct rp_text *text, const char *string)
{
    struct rp_text plain = {0};
    rp_inert_plain(&plain, string);
    for (const char *s = rp_text_string(&plain); *s;) {
        size_t length = strcspn(s, "<>&\"'");
        rp_text_add_bytes(text, s, length);
        s += length;
        if (*s)
            rp_text_add(text, "&#%d;", *s++);
    }
    text->failed |= plain.failed;
    rp_text_free(&plain);
}

void rp_inert_markdown_block(struct rp_text *text, const struct rp_text *lines)
{
    for (const char *at = rp_text_string(lines); *at;) {
        size_t length = strcspn(at, "\n");
        rp_text_add(text, length ? "    " : "");
        rp_text_add_bytes(text, at, length);
        rp_text_add(text, "\n");
        at += length + (at[length] == '\n');
    }
    text->failed |= lines->failed;
}
