/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escaping for each kind of reader; see inert.h. */
#include "report/inert.h"

#include <string.h>
#include <strings.h>

/* What turns the direction of the text around it, or ends a line where nobody sees it. */
static bool is_disguise(unsigned code)
{
    return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* The length of the printable character at `string`, 0 if what stands there must not be shown: C0, C1, DEL,
 * disguises, what is no UTF-8 and what is no character (XML 1.0 forbids U+FFFE and U+FFFF). */
static size_t printable(const char *string)
{
    const unsigned char *s = (const unsigned char *)string;
    size_t size = rp_text_utf8(string, strnlen(string, 4));
    if (size == 1)
        return s[0] >= 0x20 && s[0] != 0x7f;
    unsigned code = size == 2   ? (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu)
                    : size == 3 ? (s[0] & 0xfu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu)
                                : 0x10000;
    return code < 0xa0 || code == 0xfffe || code == 0xffff || is_disguise(code) ? 0 : size;
}

void rp_inert_plain(struct rp_text *text, const char *string)
{
    while (*string) {
        size_t size = printable(string);
        rp_text_add_bytes(text, size ? string : "?", size ? size : 1);
        string += size ? size : 1;
    }
}

/* The character at `s` of `content`: markup, or what makes a link of a bare address (GFM 6.9). */
static bool is_markup(const char *content, const char *s)
{
    bool www = *s == '.' && s - content >= 3 && strncasecmp(s - 3, "www", 3) == 0;
    return strchr("\\`*_[]|~$!", *s) || (*s == ':' && s[1] == '/') || www;
}

/* An @ makes a link of an e-mail address and of a name, and no escape hides it from either: a comment does.
 */
void rp_inert_markdown(struct rp_text *text, const char *string)
{
    struct rp_text plain = {0};
    rp_inert_plain(&plain, string);
    const char *content = rp_text_string(&plain);
    for (const char *s = content; *s; s++) {
        if (*s == '<')
            rp_text_add(text, "&lt;");
        else if (*s == '>')
            rp_text_add(text, "&gt;");
        else if (*s == '&')
            rp_text_add(text, "&amp;");
        else if (*s == '@')
            rp_text_add(text, "@<!-- -->");
        else
            rp_text_add(text, "%s%c", is_markup(content, s) ? "\\" : "", *s);
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
