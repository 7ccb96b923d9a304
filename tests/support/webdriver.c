/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP to chromedriver; see webdriver.h. One connection a request, closed behind it. */
#include "support/webdriver.h"

#include "support/suite.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ELEMENT "element-6066-11e4-a52e-4f735466cecf" /* WebDriver, "web element identifier" */

static const char *const drivers[] = {"/usr/bin/chromedriver"};
static const char *const browsers[] = {"/usr/bin/chromium"};

bool webdriver_installed(void)
{
    return access(drivers[0], X_OK) == 0 && access(browsers[0], X_OK) == 0;
}

/* True if `text` has the whole of a reply: chromedriver does not close behind it. */
static bool is_whole(const char *text, size_t length)
{
    const char *size = strcasestr(text, "\r\ncontent-length:"), *body = strstr(text, "\r\n\r\n");
    return size && body && length >= (size_t)(body + 4 - text) + strtoul(size + 17, NULL, 10);
}

/* Reads a reply, NUL behind it. */
static char *read_reply(int from)
{
    size_t length = 0, capacity = 1 << 16;
    char *text = malloc(capacity);
    ssize_t got = 1;
    assert_non_null(text);
    text[0] = '\0';
    while (got > 0 && !is_whole(text, length)) {
        got = read(from, text + length, capacity - length - 1);
        length += got > 0 ? (size_t)got : 0;
        text[length] = '\0';
        if (capacity - length < 2)
            text = realloc(text, capacity *= 2);
        assert_non_null(text);
    }
    return text;
}

static void write_all(int to, const char *text)
{
    for (size_t left = strlen(text); left;) {
        ssize_t sent = write(to, text, left);
        assert_true(sent > 0);
        text += sent;
        left -= (size_t)sent;
    }
}

/* Sends a request; returns the reply's `value`, which is the caller's. An error of the browser fails the
 * test. */
static json_t *call(struct webdriver *driver, const char *method, const char *path, json_t *body)
{
    const struct timeval patience = {.tv_sec = 300}; /* a browser that hangs must not hang the test */
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)driver->port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char *content = body ? json_dumps(body, JSON_COMPACT) : strdup(""), *request = NULL;
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(connection >= 0);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(connection, (const struct sockaddr *)&address, sizeof address), 0);
    assert_true(asprintf(&request,
                         "%s %s HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
                         "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                         method, path, driver->port, strlen(content), content) > 0);
    write_all(connection, request);
    char *reply = read_reply(connection), *json = strstr(reply, "\r\n\r\n");
    close(connection);
    json_t *document = json ? json_loads(json + 4, 0, NULL) : NULL;
    json_t *value = json_incref(json_object_get(document, "value"));
    if (!document || json_string_value(json_object_get(value, "error")))
        fail_msg("%s %s: %.600s", method, path, reply);
    json_decref(document);
    json_decref(body);
    free(content);
    free(request);
    free(reply);
    return value;
}

static json_t *post(struct webdriver *driver, const char *what, json_t *body)
{
    char path[400];
    snprintf(path, sizeof path, "/session/%s/%s", driver->session, what);
    return call(driver, "POST", path, body);
}

/* chromedriver takes a free port and says which. */
static void start_driver(struct webdriver *driver)
{
    int out[2];
    char line[256];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    driver->driver = fork();
    assert_true(driver->driver >= 0);
    if (driver->driver == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies leaves nobody behind: see the pipe below */
        dup2(out[1], STDOUT_FILENO);
        execl(drivers[0], "chromedriver", "--port=0", "--log-level=SEVERE", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *lines = fdopen(out[0], "r");
    assert_non_null(lines);
    driver->port = 0;
    while (!driver->port && fgets(line, sizeof line, lines)) {
        const char *said = strstr(line, "successfully on port ");
        if (said)
            driver->port = (unsigned)strtoul(said + strlen("successfully on port "), NULL, 10);
    }
    assert_int_not_equal(driver->port, 0);
    /* The pipe stays open: what is said later must not kill it. */
}

void webdriver_start(struct webdriver *driver, bool script)
{
    start_driver(driver);
    json_t *options = json_pack("{s:s, s:[s,s,s,s,s,s,s,s], s:{s:i}}", "binary", browsers[0], "args",
                                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                                "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
                                "--hide-scrollbars", "--remote-debugging-pipe",
                                /* it ends when chromedriver does */ "prefs",
                                "profile.managed_default_content_settings.javascript", script ? 1 : 2);
    json_t *session =
        call(driver, "POST", "/session",
             json_pack("{s:{s:{s:o, s:{s:s, s:s}}}}", "capabilities", "alwaysMatch", "goog:chromeOptions",
                       options, "goog:loggingPrefs", "browser", "ALL", "performance", "ALL"));
    const char *id = json_string_value(json_object_get(session, "sessionId"));
    assert_non_null(id);
    snprintf(driver->session, sizeof driver->session, "%s", id);
    json_decref(session);
    webdriver_size(driver, 1280, 900);
}

void webdriver_stop(struct webdriver *driver)
{
    char path[128];
    snprintf(path, sizeof path, "/session/%s", driver->session);
    json_decref(call(driver, "DELETE", path, NULL));
    kill(driver->driver, SIGTERM);
    waitpid(driver->driver, NULL, 0);
}

void webdriver_open(struct webdriver *driver, const char *path, const char *fragment)
{
    char *url = NULL;
    json_decref(post(driver, "url", json_pack("{s:s}", "url", "about:blank"))); /* the same file anew */
    assert_true(asprintf(&url, "file://%s%s", path, fragment) > 0);
    json_decref(post(driver, "url", json_pack("{s:s}", "url", url)));
    free(url);
}

json_t *webdriver_run(struct webdriver *driver, const char *body)
{
    return post(driver, "execute/sync", json_pack("{s:s, s:[]}", "script", body, "args"));
}

char *webdriver_string(struct webdriver *driver, const char *body)
{
    json_t *value = webdriver_run(driver, body);
    if (!json_is_string(value))
        fail_msg("no string: %s", body);
    char *string = strdup(json_string_value(value));
    json_decref(value);
    return string;
}

double webdriver_number(struct webdriver *driver, const char *body)
{
    json_t *value = webdriver_run(driver, body);
    if (!json_is_number(value))
        fail_msg("no number: %s", body);
    double number = json_number_value(value);
    json_decref(value);
    return number;
}

bool webdriver_truth(struct webdriver *driver, const char *body)
{
    json_t *value = webdriver_run(driver, body);
    if (!json_is_boolean(value))
        fail_msg("no truth: %s", body);
    bool truth = json_is_true(value);
    json_decref(value);
    return truth;
}

/* Does `what` ("click", "value") to an element. */
static void act(struct webdriver *driver, const char *selector, const char *what, json_t *body)
{
    char path[256];
    json_t *element =
        post(driver, "element", json_pack("{s:s, s:s}", "using", "css selector", "value", selector));
    const char *id = json_string_value(json_object_get(element, ELEMENT));
    assert_non_null(id);
    snprintf(path, sizeof path, "element/%s/%s", id, what);
    json_decref(post(driver, path, body));
    json_decref(element);
}

void webdriver_click(struct webdriver *driver, const char *selector)
{
    act(driver, selector, "click", json_object());
}

void webdriver_type(struct webdriver *driver, const char *selector, const char *keys)
{
    act(driver, selector, "value", json_pack("{s:s}", "text", keys));
}

json_t *webdriver_command(struct webdriver *driver, const char *command, const char *parameters)
{
    json_t *json = json_loads(parameters, 0, NULL);
    assert_non_null(json);
    return post(driver, "goog/cdp/execute", json_pack("{s:s, s:o}", "cmd", command, "params", json));
}

void webdriver_size(struct webdriver *driver, unsigned width, unsigned height)
{
    char parameters[128];
    snprintf(parameters, sizeof parameters,
             "{\"width\":%u,\"height\":%u,\"deviceScaleFactor\":1,\"mobile\":%s}", width, height,
             width < 600 ? "true" : "false");
    json_decref(webdriver_command(driver, "Emulation.setDeviceMetricsOverride", parameters));
}

void webdriver_dark(struct webdriver *driver, bool dark)
{
    char parameters[128];
    snprintf(parameters, sizeof parameters,
             "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"%s\"}]}",
             dark ? "dark" : "light");
    json_decref(webdriver_command(driver, "Emulation.setEmulatedMedia", parameters));
}

static void decode_base64(const char *text, FILE *file)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0, value = 0;
    for (const char *letter; *text && (letter = strchr(letters, *text)) != NULL; text++) {
        value = value << 6 | (unsigned)(letter - letters);
        bits += 6;
        if (bits >= 8)
            fputc((int)(value >> (bits -= 8) & 0xff), file);
    }
}

void webdriver_screenshot(struct webdriver *driver, const char *path)
{
    json_t *shot = webdriver_command(driver, "Page.captureScreenshot", "{\"format\":\"png\"}");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    decode_base64(json_string_value(json_object_get(shot, "data")), file);
    assert_int_equal(fclose(file), 0);
    json_decref(shot);
}

unsigned webdriver_complaints(struct webdriver *driver)
{
    unsigned count = 0;
    json_t *lines = post(driver, "se/log", json_pack("{s:s}", "type", "browser")), *line;
    size_t i;
    json_array_foreach(lines, i, line)
    {
        print_error("console: %s\n", json_string_value(json_object_get(line, "message")));
        count++;
    }
    json_decref(lines);
    return count;
}

/* Requests by their id: those that the page's own policy stopped never left. */
static void note_request(json_t *event, json_t *requests)
{
    json_t *message = json_object_get(event, "message"), *parameters = json_object_get(message, "params");
    const char *method = json_string_value(json_object_get(message, "method"));
    const char *id = json_string_value(json_object_get(parameters, "requestId"));
    const char *blocked = json_string_value(json_object_get(parameters, "blockedReason"));
    const char *url = json_string_value(json_object_get(json_object_get(parameters, "request"), "url"));
    if (!method || !id)
        return;
    if (strcmp(method, "Network.requestWillBeSent") == 0 && url && strncmp(url, "file:///", 8) != 0 &&
        strcmp(url, "about:blank") != 0)
        json_object_set_new(requests, id, json_string(url));
    else if (strcmp(method, "Network.loadingFailed") == 0 && blocked && strcmp(blocked, "csp") == 0)
        json_object_del(requests, id);
}

unsigned webdriver_requests(struct webdriver *driver)
{
    json_t *requests = json_object(), *url, *line;
    json_t *lines = post(driver, "se/log", json_pack("{s:s}", "type", "performance"));
    const char *id;
    size_t i;
    json_array_foreach(lines, i, line)
    {
        json_t *event = json_loads(json_string_value(json_object_get(line, "message")), 0, NULL);
        note_request(event, requests);
        json_decref(event);
    }
    json_object_foreach(requests, id, url) print_error("asked for: %s\n", json_string_value(url));
    unsigned count = (unsigned)json_object_size(requests);
    json_decref(requests);
    json_decref(lines);
    return count;
}
