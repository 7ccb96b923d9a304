/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict object: keys and their order are an interface (src/cli/CLI.md, "JSON"). */
#include "report/json.h"
#include "support/made.h"
#include "support/suite.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static json_t *object_of(const struct rp_verdict *verdict)
{
    struct rp_text text = {0};
    rp_json_verdict_line(verdict, &text);
    assert_non_null(text.data);
    assert_ptr_equal(strchr(text.data, '\n'), text.data + text.length - 1);
    json_t *object = json_loads(text.data, 0, NULL);
    assert_non_null(object);
    rp_text_free(&text);
    return object;
}

/* The compact value of a key. */
static void assert_value(const json_t *object, const char *key, const char *expected)
{
    char *text = json_dumps(json_object_get(object, key), JSON_COMPACT | JSON_ENCODE_ANY);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void keys_stand_in_their_fixed_order(void **state)
{
    (void)state;
    static const char *const keys[] = {"schema",       "id",           "encoding",  "mode",
                                       "mnemonic",     "form",         "policy",    "verdict",
                                       "sensitivity",  "resources",    "owner",     "user_sensitive",
                                       "closed_by",    "not_testable", "by_policy", "unknown_reason",
                                       "disagreement", "runs",         "executors", "witness"};
    struct made made;
    made_init(&made);
    json_t *object = object_of(made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS)), *value;
    const char *key;
    size_t i = 0;
    json_object_foreach(object, key, value)
    {
        assert_true(i < sizeof keys / sizeof keys[0]);
        assert_string_equal(key, keys[i++]);
    }
    assert_int_equal(i, sizeof keys / sizeof keys[0]);
    assert_value(object, "witness", "null");
    assert_value(object, "unknown_reason", "null");
    assert_value(object, "sensitivity", "[]");
    assert_value(object, "by_policy", "{}");
    json_decref(object);
    made_free(&made);
}

static void a_hole_says_all_that_is_known(void **state)
{
    (void)state;
    struct made made;
    made_init(&made);
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "0f31", RP_VERDICT_HOLE);
    made_hole(v, RP_SENSITIVE_RESOURCE, RP_RESOURCE_TSC, RP_ANSWER_HOLE, RP_ANSWER_UNKNOWN);
    v->sensitivity |= RP_SENSITIVE_CONTROL;
    v->closer[0] = (struct rp_closer){{RP_RESOURCE_CR4_TSD, (uint8_t)RP_RESOURCE_NONE}, {1, 0}, false, 1};
    v->closer[1] = (struct rp_closer){{RP_RESOURCE_CR0_TS, RP_RESOURCE_CR0_MP}, {1, 1}, true, 1};
    v->closers = 2;
    v->a.value = UINT64_MAX;
    json_t *object = object_of(v);
    assert_value(object, "sensitivity", "[\"control\",\"resource\"]");
    assert_value(object, "resources", "[\"tsc\"]");
    assert_value(object, "closed_by",
                 "[{\"controls\":{\"cr4.tsd\":1},\"scope\":\"ring3\"},"
                 "{\"controls\":{\"cr0.ts\":1,\"cr0.mp\":1},\"scope\":\"all\"}]");
    assert_value(object, "by_policy", "{\"linux\":\"hole\",\"hardened\":\"unknown\"}");
    assert_value(object, "witness",
                 "{\"executor\":\"fake\",\"kind\":\"resource\",\"component\":\"rax\",\"resource\":\"tsc\","
                 "\"a\":{\"ring\":3,\"value\":\"0xffffffffffffffff\"},\"b\":{\"ring\":3,\"value\":\"0x2\"},"
                 "\"replay\":\"rp1:fake:prot32:0f31\"}");
    assert_memory_equal(json_string_value(json_object_get(object, "id")), "rp-", 3);
    assert_int_equal(json_string_length(json_object_get(object, "id")), 19);
    json_decref(object);
    made_free(&made);
}

static void outcomes_say_what_belongs_to_them(void **state)
{
    (void)state;
    static const struct {
        struct rp_shown shown;
        const char *expected;
    } cases[] = {
        {{.present = false}, "null"},
        {{.present = true, .kind = RP_OUTCOME_RETIRED, .length = 2},
         "{\"outcome\":\"retired\",\"length\":2}"},
        {{.present = true, .kind = RP_OUTCOME_TRAPPED, .vector = 13, .has_error_code = true},
         "{\"outcome\":\"trapped\",\"vector\":13,\"name\":\"#GP\",\"error_code\":0}"},
        {{.present = true,
          .kind = RP_OUTCOME_TRAPPED,
          .vector = 14,
          .has_error_code = true,
          .error_code = 5,
          .cr2 = 16},
         "{\"outcome\":\"trapped\",\"vector\":14,\"name\":\"#PF\",\"error_code\":5,\"cr2\":\"0x10\"}"},
        {{.present = true, .kind = RP_OUTCOME_TRAPPED, .vector = 6, .cr2 = 16},
         "{\"outcome\":\"trapped\",\"vector\":6,\"name\":\"#UD\"}"},
        {{.present = true, .kind = RP_OUTCOME_ENTERED, .vector = 0x80, .length = 2},
         "{\"outcome\":\"entered\",\"length\":2,\"vector\":128,\"name\":\"#0x80\"}"},
        {{.present = true, .kind = RP_OUTCOME_ENTERED, .gate = RP_GATE_SYSCALL, .length = 2},
         "{\"outcome\":\"entered\",\"length\":2,\"vector\":null,\"name\":null,\"by\":\"syscall\"}"},
        {{.present = true, .kind = RP_OUTCOME_DIED, .vector = 6}, "{\"outcome\":\"died\",\"signal\":6}"},
        {{.present = true, .kind = RP_OUTCOME_HUNG}, "{\"outcome\":\"hung\"}"},
    };
    struct made made;
    made_init(&made);
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        v->opinion[0].ring[0] = cases[i].shown;
        json_t *object = object_of(v);
        assert_value(json_array_get(json_object_get(object, "executors"), 0), "ring0", cases[i].expected);
        json_decref(object);
    }
    made_free(&made);
}

static void several_executors_have_one_object_each_and_their_divergences(void **state)
{
    (void)state;
    const struct rp_shown shown = {
        .kind = RP_OUTCOME_TRAPPED, .vector = 13, .has_error_code = true, .kernel_emulated = true};
    struct made made;
    made_init(&made);
    struct rp_verdict *v = made_add(&made, RP_MODE_PROT32, "90", RP_VERDICT_INNOCUOUS);
    made_silicon(v, RP_VERDICT_UNKNOWN, shown);
    v->opinion[1].virtualised = true;
    made_divergence(v, RP_REG_RFLAGS, RP_FLAG_AF, "");
    free(v->divergence->replay);
    v->divergence->replay = strdup("rp1:x");
    json_t *object = object_of(v);
    const json_t *executors = json_object_get(object, "executors");
    assert_int_equal(json_array_size(executors), 2);
    assert_null(json_object_get(json_array_get(executors, 0), "on_this_cpu"));
    assert_value(json_array_get(executors, 1), "on_this_cpu",
                 "\"traps on this CPU and the kernel emulates it\"");
    assert_value(json_array_get(executors, 1), "virtualised", "\"suspect\"");
    assert_value(json_array_get(executors, 1), "ring0", "null");
    assert_value(json_array_get(executors, 1), "ring3",
                 "{\"outcome\":\"trapped\",\"vector\":13,\"name\":\"#GP\",\"error_code\":0,"
                 "\"kernel_emulated\":true}");
    assert_value(object, "divergences",
                 "[{\"cell\":\"rflags\",\"class\":\"rflags\",\"bits\":\"0x10\","
                 "\"a\":{\"executor\":\"fake\",\"value\":\"0x0\",\"ring3\":null},"
                 "\"b\":{\"executor\":\"native\",\"value\":\"0x10\",\"ring3\":null},"
                 "\"known\":null,\"replay\":\"rp1:x\","
                 "\"answers\":[{\"executors\":[\"fake\"],\"value\":\"0x0\",\"ring3\":null},"
                 "{\"executors\":[\"native\"],\"value\":\"0x10\",\"ring3\":null}]}]");
    json_decref(object);
    made_free(&made);
}

static void an_error_line_quotes_any_input(void **state)
{
    (void)state;
    struct rp_text text = {0};
    rp_json_error_line(7, "a\0\xff\"", 4, "why", &text);
    assert_string_equal(rp_text_string(&text), "{\"schema\":\"ringprobe.error/1\",\"line\":7,"
                                               "\"input\":\"a\\u0000\\uFFFD\\\"\",\"error\":\"why\"}\n");
    rp_text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_stand_in_their_fixed_order),
        cmocka_unit_test(a_hole_says_all_that_is_known),
        cmocka_unit_test(outcomes_say_what_belongs_to_them),
        cmocka_unit_test(several_executors_have_one_object_each_and_their_divergences),
        cmocka_unit_test(an_error_line_quotes_any_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
