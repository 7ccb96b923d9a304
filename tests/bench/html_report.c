/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the page of the whole form space costs: how long `report -f html` takes from the campaign's file, how
 * large the page is, when a browser first paints it, and how long each thing that a reader does takes until
 * it is painted. Needs Debian's chromium and chromium-driver. usage: html_report [PICTURE.png [CAMPAIGN]];
 * the picture gets what a reader sees first, a campaign of all modes saves its scan. */
#include "support/bench.h"
#include "support/scratch.h"
#include "support/suite.h"
#include "support/webdriver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS         7
#define PICTURE_HEIGHT 1200

/* Until what a body does has been painted: behind the next frame's callbacks, at the first task after it. */
static const char until_painted[] =
    "const begin = performance.now(); (() => { %s })();"
    "return new Promise((done) => requestAnimationFrame(() => { const channel = new MessageChannel();"
    "channel.port1.onmessage = () => done(performance.now() - begin); channel.port2.postMessage(0); }))";

/* Each is done ROUNDS times, in turn with what undoes it. */
static const struct {
    const char *name, *act, *undo;
} acts[] = {
    {"nothing (a frame)", "", ""},
    {"another mode", "document.querySelector('#controls [value=long64]').click()",
     "document.querySelector('#controls [value=prot32]').click()"},
    {"another policy", "document.querySelector('#controls [value=hardened]').click()",
     "document.querySelector('#controls [value=legacy]').click()"},
    {"another map",
     "[...document.querySelectorAll('#map-tools button')].find((one) => /EVEX "
     "0F$/.test(one.textContent)).click()",
     "document.querySelector('#map-tools button').click()"},
    {"groups", "document.querySelector('#map-tools [value=groups]').click()",
     "document.querySelector('#map-tools button').click()"},
    {"a cell", "document.querySelector('#map button.privileged').click()",
     "document.querySelector('#map button.hole').click()"},
    {"hovering",
     "document.querySelector('#map button.hole').dispatchEvent(new MouseEvent('mouseover', {bubbles: true}))",
     ""},
    {"finding",
     "const find = document.querySelector('#find'); find.value = 'sgdt'; find.dispatchEvent(new "
     "Event('input'))",
     "const find = document.querySelector('#find'); find.value = 'popf'; find.dispatchEvent(new "
     "Event('input'))"},
    {"filtering",
     "const filter = document.querySelector('#holes input'); filter.value = 'robin'; "
     "filter.dispatchEvent(new Event('input'))",
     "const filter = document.querySelector('#holes input'); filter.value = ''; filter.dispatchEvent(new "
     "Event('input'))"},
    {"sorting", "document.querySelector('#holes th button').click()", ""},
};

static const char first_paint[] =
    "return new Promise((done) => new PerformanceObserver((list) => list.getEntries().forEach((entry) =>"
    "entry.name === 'first-contentful-paint' && done(entry.startTime))).observe({type: 'paint', buffered: "
    "true}))";

static void run(const char *command)
{
    if (system(command) != 0)
        bench_give_up(command);
}

/* Seconds of processor that ended children took. */
static double children(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_CHILDREN, &usage) != 0)
        bench_give_up("getrusage");
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* The program beside this one: BUILD/tests/bench/html_report, BUILD/ringprobe. */
static void find_program(char *program, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", program, size - 1);
    if (length < 0)
        bench_give_up("where is this program?");
    program[length] = '\0';
    for (unsigned i = 0; i < 3; i++)
        *strrchr(program, '/') = '\0';
    strncat(program, "/ringprobe", size - strlen(program) - 1);
}

static void generate(const char *program, const struct scratch *scratch, const char *campaign)
{
    char command[6 * PATH_MAX];
    double wall[3], processor[3];
    struct stat status;
    snprintf(command, sizeof command, "'%s' scan -q -m all -x unicorn -o '%s'", program, campaign);
    if (access(campaign, R_OK) != 0)
        run(command);
    snprintf(command, sizeof command, "'%s' report -f html -o '%s/page.html' '%s'", program, scratch->folder,
             campaign);
    for (unsigned i = 0; i < 3; i++) {
        double begin = bench_seconds(CLOCK_MONOTONIC), before = children();
        run(command);
        wall[i] = bench_seconds(CLOCK_MONOTONIC) - begin;
        processor[i] = children() - before;
    }
    if (stat(scratch_path(scratch, "page.html"), &status) != 0)
        bench_give_up("no page");
    printf("generation      %.2f s, %.2f s of processor\n", bench_median(wall, 3),
           bench_median(processor, 3));
    printf("ratio html_generation_seconds %.2f goal 10\n", wall[1]);
    printf("ratio html_megabytes %.2f goal 10\n", (double)status.st_size / 1e6);
}

/* Milliseconds from navigation to the first paint, and to the end of the script. */
static void paint(struct webdriver *browser, const char *file)
{
    double first[ROUNDS], ready[ROUNDS];
    for (unsigned i = 0; i < ROUNDS; i++) {
        webdriver_open(browser, file, "");
        first[i] = webdriver_number(browser, first_paint);
        ready[i] =
            webdriver_number(browser, "return performance.getEntriesByType('navigation')[0].domInteractive");
    }
    double ms = bench_median(first, ROUNDS);
    printf("first paint %.0f ms, all of it ready %.0f ms\n", ms, bench_median(ready, ROUNDS));
    printf("ratio html_first_paint_ms %.0f goal 200\n", ms);
}

/* Milliseconds of processor that the page's tasks have taken: what other work beside does not stretch. */
static double processor(struct webdriver *browser)
{
    double ms = 0;
    json_t *metrics = webdriver_command(browser, "Performance.getMetrics", "{}"), *metric;
    size_t i;
    json_array_foreach(json_object_get(metrics, "metrics"), i, metric)
    {
        if (strcmp(json_string_value(json_object_get(metric, "name")), "TaskDuration") == 0)
            ms = 1e3 * json_number_value(json_object_get(metric, "value"));
    }
    json_decref(metrics);
    return ms;
}

static double measure(struct webdriver *browser, const char *what)
{
    char body[2048];
    snprintf(body, sizeof body, until_painted, what);
    return webdriver_number(browser, body);
}

static void interact(struct webdriver *browser)
{
    double worst = 0;
    json_decref(webdriver_command(browser, "Performance.enable", "{\"timeDomain\":\"threadTicks\"}"));
    for (size_t a = 0; a < sizeof acts / sizeof acts[0]; a++) {
        double ms[ROUNDS], work[ROUNDS];
        for (unsigned i = 0; i < ROUNDS; i++) {
            double before = processor(browser);
            ms[i] = measure(browser, acts[a].act);
            work[i] = processor(browser) - before;
            measure(browser, acts[a].undo);
        }
        double median = bench_median(ms, ROUNDS);
        printf("%-18s %5.0f ms, %.0f ms of processor\n", acts[a].name, median, bench_median(work, ROUNDS));
        worst = median > worst ? median : worst;
    }
    printf("ratio html_slowest_interaction_ms %.0f goal 200\n", worst);
}

int main(int count, char **arguments)
{
    char program[PATH_MAX], campaign[2 * PATH_MAX];
    struct scratch scratch;
    struct webdriver browser;
    if (!webdriver_installed())
        bench_give_up("no chromium, or no chromium-driver");
    find_program(program, sizeof program);
    scratch_init(&scratch);
    snprintf(campaign, sizeof campaign, "%s", count > 2 ? arguments[2] : scratch_path(&scratch, "c.db"));
    generate(program, &scratch, campaign);
    webdriver_start(&browser, true);
    paint(&browser, scratch_path(&scratch, "page.html"));
    if (count > 1) {
        webdriver_size(&browser, 1280, PICTURE_HEIGHT);
        webdriver_screenshot(&browser, arguments[1]);
        webdriver_size(&browser, 1280, 900);
    }
    interact(&browser);
    webdriver_stop(&browser);
    scratch_free(&scratch);
    return 0;
}
