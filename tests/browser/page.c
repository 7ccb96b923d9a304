/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scan, its page, a browser; see page.h. */
#include "browser/page.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool page_must_skip(void)
{
    if (webdriver_installed())
        return false;
    fprintf(stderr, "skipped: Debian's chromium and chromium-driver are not installed\n");
    return true;
}

static void shell(const char *command)
{
    if (system(command) != 0)
        fail_msg("%s", command);
}

void page_write(struct page *page)
{
    char command[4 * PATH_MAX];
    snprintf(command, sizeof command, "'%s' report -f html -o '%s' '%s'", getenv("RINGPROBE"), page->file,
             page->campaign);
    shell(command);
}

void page_make(struct page *page, const char *arguments)
{
    char command[4 * PATH_MAX];
    assert_non_null(getenv("RINGPROBE"));
    scratch_init(&page->scratch);
    snprintf(page->campaign, sizeof page->campaign, "%s/c.db", page->scratch.folder);
    snprintf(page->file, sizeof page->file, "%s/page.html", page->scratch.folder);
    snprintf(command, sizeof command,
             "'%s' scan -q %s -o '%s' 2>'%s/errors' || { cat '%s/errors' >&2; false; }", getenv("RINGPROBE"),
             arguments, page->campaign, page->scratch.folder, page->scratch.folder);
    shell(command);
    page_write(page);
    webdriver_start(&page->browser, true);
}

void page_free(struct page *page)
{
    webdriver_stop(&page->browser);
    scratch_free(&page->scratch);
}

char *page_ask(const struct page *page, const char *sql)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open_v2(page->campaign, &database, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) != SQLITE_ROW)
        fail_msg("no row: %s", sql);
    char *answer = strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return answer;
}

void page_change(const struct page *page, const char *sql)
{
    sqlite3 *database = NULL;
    char *why = NULL;
    assert_int_equal(sqlite3_open(page->campaign, &database), SQLITE_OK);
    if (sqlite3_exec(database, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(database);
}

void page_assert_quiet(struct page *page)
{
    assert_int_equal(webdriver_complaints(&page->browser), 0);
    assert_int_equal(webdriver_requests(&page->browser), 0);
}

char *page_text(struct page *page, const char *selector)
{
    char body[512];
    /* Of a section that is out of sight, which the browser has not laid out, all of its text. */
    snprintf(body, sizeof body,
             "const element = document.querySelector('%s'); return element.innerText || element.textContent",
             selector);
    return webdriver_string(&page->browser, body);
}

bool page_says(struct page *page, const char *selector, const char *part)
{
    char *text = page_text(page, selector);
    bool says = strstr(text, part) != NULL;
    if (!says)
        print_error("%s says '%s'\n", selector, text);
    free(text);
    return says;
}

bool page_comes_to_say(struct page *page, const char *selector, const char *part)
{
    for (unsigned try = 0; try < 1000; try++) {
        char *text = page_text(page, selector);
        bool says = strstr(text, part) != NULL;
        free(text);
        if (says)
            return true;
    }
    return page_says(page, selector, part);
}

bool page_sees(struct page *page, const char *selector)
{
    char body[1024];
    snprintf(body, sizeof body,
             "const element = document.querySelector('%s'), at = element.getClientRects()[0];"
             "const x = at.left + Math.min(at.width, 40) / 2, y = at.top + Math.min(at.height, 24) / 2;"
             "const seen = document.elementFromPoint(x, y);"
             "return Boolean(seen && (element.contains(seen) || seen.contains(element)));",
             selector);
    return webdriver_truth(&page->browser, body);
}

int page_unmake(void **state)
{
    page_free(*state);
    return 0;
}

int page_open(void **state)
{
    struct page *page = *state;
    webdriver_open(&page->browser, page->file, "");
    return 0;
}

int page_stay_quiet(void **state)
{
    page_assert_quiet(*state);
    return 0;
}
