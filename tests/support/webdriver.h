/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A headless Chromium that a test drives through chromedriver (W3C WebDriver over HTTP), both Debian's. What
 * the browser refuses fails the test. */
#ifndef RP_TESTS_SUPPORT_WEBDRIVER_H
#define RP_TESTS_SUPPORT_WEBDRIVER_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct webdriver {
    pid_t driver;
    unsigned port;
    char session[64];
};

/* False if chromedriver or chromium is not installed. */
bool webdriver_installed(void);

/* Starts both. `script`: pages may run theirs. */
void webdriver_start(struct webdriver *driver, bool script);
void webdriver_stop(struct webdriver *driver);

/* Opens the file at the absolute path `path`; `fragment` is "" or "#name". */
void webdriver_open(struct webdriver *driver, const char *path, const char *fragment);

/* What the body of a function returns in the page; the caller's. */
json_t *webdriver_run(struct webdriver *driver, const char *body);
/* The same as a string (the caller's, from malloc), a number, a truth; another type fails the test. */
char *webdriver_string(struct webdriver *driver, const char *body);
double webdriver_number(struct webdriver *driver, const char *body);
bool webdriver_truth(struct webdriver *driver, const char *body);

/* What a person does, to the first element of a CSS selector: it must be visible. */
void webdriver_click(struct webdriver *driver, const char *selector);
void webdriver_type(struct webdriver *driver, const char *selector, const char *keys);

/* A command of Chromium's own protocol, with parameters as JSON. */
json_t *webdriver_command(struct webdriver *driver, const char *command, const char *parameters);
void webdriver_size(struct webdriver *driver, unsigned width, unsigned height);
void webdriver_dark(struct webdriver *driver, bool dark);
void webdriver_screenshot(struct webdriver *driver, const char *path);

/* Lines of the console that are errors or warnings, and URLs that were asked for (other than the file
 * itself), since the last call. 0 is what a test wants; each is printed. */
unsigned webdriver_complaints(struct webdriver *driver);
unsigned webdriver_requests(struct webdriver *driver);

#endif
