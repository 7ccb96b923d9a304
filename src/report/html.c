/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page; see html.h. The template has names between two '@', each of which is a part. */
#include "report/html.h"

#include "report/html_data.h"
#include "report/html_document.h"
#include "report/html_parts.h"
#include "report/inert.h"
#include "report/sections.h"

#include <string.h>

/* report.html, report.css, the scripts one behind the other, and SHA-256 of the latter two in hex; html.S. */
extern const char rp_html_template[], rp_html_css[], rp_html_script[], rp_html_css_sha256[],
    rp_html_script_sha256[];

struct page {
    const struct rp_summary *summary;
    struct rp_atlas atlas;
};

static unsigned digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* 'sha256-...' as Content-Security-Policy wants it: Base64 of the 32 bytes. */
static void add_hash(struct rp_text *text, const char *hex)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    rp_text_add(text, "'sha256-");
    for (unsigned bit = 0; bit < 258; bit += 6) {
        unsigned value = 0;
        for (unsigned i = bit; i < bit + 6; i++)
            value = value << 1 | (i < 256 ? digit(hex[i / 4]) >> (3 - i % 4) & 1 : 0);
        rp_text_add(text, "%c", letters[value]);
    }
    rp_text_add(text, "='");
}

static void add_policy(const struct page *page, struct rp_text *text)
{
    (void)page;
    rp_text_add(text, "default-src 'none'; script-src ");
    add_hash(text, rp_html_script_sha256);
    rp_text_add(text, "; style-src ");
    add_hash(text, rp_html_css_sha256);
    rp_text_add(text, "; base-uri 'none'; form-action 'none'");
}

static void add_title(const struct page *page, struct rp_text *text)
{
    const struct rp_configuration *c = &page->summary->results->configuration;
    rp_text_add(text, "Virtualization holes: ");
    rp_inert_html(text, c->executors);
    rp_text_add(text, ", %s", rp_policy_name(c->policy));
}

static void add_css(const struct page *page, struct rp_text *text)
{
    (void)page;
    rp_text_add(text, "%s", rp_html_css);
}

static void add_script(const struct page *page, struct rp_text *text)
{
    (void)page;
    rp_text_add(text, "%s", rp_html_script);
}

static void add_verdict(const struct page *page, struct rp_text *text)
{
    rp_html_verdict(page->summary, text);
}

static void add_board(const struct page *page, struct rp_text *text)
{
    rp_html_board(page->summary, text);
}

static void add_holes(const struct page *page, struct rp_text *text)
{
    struct rp_document document = {.html = true, .text = text};
    rp_section_news(&document, page->summary);
    rp_section_all_holes(&document, page->summary);
    rp_html_end_section(&document);
}

static void add_closers(const struct page *page, struct rp_text *text)
{
    rp_html_closers(page->summary, text);
}

static void add_sections(const struct page *page, struct rp_text *text)
{
    static void (*const sections[])(struct rp_document *, const struct rp_summary *) = {
        rp_section_policies,    rp_section_theorems,   rp_section_matrix,    rp_section_findings,
        rp_section_divergences, rp_section_hypervisor, rp_section_unknown,   rp_section_privileged,
        rp_section_implicit,    rp_section_innocuous,  rp_section_witnesses, rp_section_configuration,
    };
    struct rp_document document = {.html = true, .text = text};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        sections[i](&document, page->summary);
    rp_html_end_section(&document);
}

static void add_maps(const struct page *page, struct rp_text *text)
{
    rp_html_maps(page->summary, &page->atlas, text);
}

static void add_data(const struct page *page, struct rp_text *text)
{
    rp_html_data(page->summary, &page->atlas, text);
}

static const struct {
    const char *name;
    void (*add)(const struct page *page, struct rp_text *text);
} parts[] = {
    {"content-security-policy", add_policy},
    {"title", add_title},
    {"css", add_css},
    {"verdict", add_verdict},
    {"board", add_board},
    {"maps", add_maps},
    {"holes", add_holes},
    {"closers", add_closers},
    {"sections", add_sections},
    {"data", add_data},
    {"script", add_script},
};

/* Writes the part whose name `at` begins with, up to the next '@'; returns what is behind it, NULL if there
 * is no such part. */
static const char *add_part(const struct page *page, const char *at, struct rp_text *text)
{
    size_t length = strcspn(at, "@");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strlen(parts[i].name) != length || strncmp(parts[i].name, at, length) != 0)
            continue;
        parts[i].add(page, text);
        return at + length + 1;
    }
    return NULL;
}

static void fill(const struct page *page, struct rp_text *text)
{
    for (const char *at = rp_html_template; at && *at;) {
        size_t length = strcspn(at, "@");
        rp_text_add_bytes(text, at, length);
        at += length;
        if (*at == '@')
            at = add_part(page, at + 1, text);
        text->failed |= at == NULL;
    }
}

void rp_html_report(const struct rp_results *results, const struct rp_style *style, struct rp_text *text)
{
    struct rp_summary summary;
    struct page page = {.summary = &summary};
    (void)style;
    if (rp_summary_make(&summary, results, NULL) == RP_OK &&
        rp_atlas_make(&page.atlas, results, NULL) == RP_OK)
        fill(&page, text);
    else /* no memory, or a broken list, which its test would have found */
        text->failed = true;
    rp_atlas_free(&page.atlas);
    rp_summary_free(&summary);
}
