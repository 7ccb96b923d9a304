/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of a real scan in a browser, and the campaign that it was made of. */
#ifndef RP_TESTS_BROWSER_PAGE_H
#define RP_TESTS_BROWSER_PAGE_H

#include "support/scratch.h"
#include "support/suite.h"
#include "support/webdriver.h"

struct page {
    struct scratch scratch;
    struct webdriver browser;
    char campaign[PATH_MAX + NAME_MAX], file[PATH_MAX + NAME_MAX];
};

/* Says on standard error why the program skips; true if it must. */
bool page_must_skip(void);

/* Scans with these arguments (executor, modes), writes the page, starts a browser. */
void page_make(struct page *page, const char *arguments);
/* Writes the page of the campaign again, after a change of it. */
void page_write(struct page *page);
void page_free(struct page *page);

/* For cmocka, whose state is the struct page: what unmakes it, opens it before a test, and is quiet behind
 * it. */
int page_unmake(void **state);
int page_open(void **state);
int page_stay_quiet(void **state);

/* The first column of the first row; the caller's. Fails the test if there is none. */
char *page_ask(const struct page *page, const char *sql);
/* Runs statements. */
void page_change(const struct page *page, const char *sql);

/* Fails the test if the console complained or anything was asked for. */
void page_assert_quiet(struct page *page);

/* The text of the first element of a selector, as shown; the caller's. */
char *page_text(struct page *page, const char *selector);
/* True if the text has `part`; prints it if not. */
bool page_says(struct page *page, const char *selector, const char *part);
/* The same of what follows an event that the browser delivers when it likes, such as that of a link. */
bool page_comes_to_say(struct page *page, const char *selector, const char *part);
/* True if the middle of the element's first line is inside of the window, and nothing lies over it. */
bool page_sees(struct page *page, const char *selector);

#endif
