/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivery: whatever comes when, it is done in order, and what waits is bounded. */
#include "base/random.h"
#include "executor/delivery.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

#define ITEMS 1000

static size_t next_done;

static int take_in_order(void *context, size_t item, const char *bytes, size_t length, struct rp_error *error)
{
    (void)context;
    assert_int_equal(item, next_done);
    assert_int_equal(length, item % 7);
    assert_int_equal(strspn(bytes, "x"), length);
    assert_int_equal(bytes[length], '\0');
    next_done++;
    return item == 900 ? rp_error_set(error, RP_EUNSUPPORTED, "900 is enough") : RP_OK;
}

static struct rp_delivery make_delivery(size_t items)
{
    static struct rp_pool_work work;
    struct rp_delivery delivery;
    work = (struct rp_pool_work){.items = items, .done = take_in_order};
    next_done = 0;
    assert_int_equal(rp_delivery_init(&delivery, &work, NULL), RP_OK);
    return delivery;
}

static int deliver(struct rp_delivery *delivery, uint64_t item, struct rp_error *error)
{
    return rp_delivery_take(delivery, item, false, &"xxxxxx"[6 - item % 7], item % 7, error);
}

static void results_in_any_order_are_done_in_order(void **state)
{
    (void)state;
    struct rp_delivery delivery = make_delivery(ITEMS);
    struct rp_random random = rp_random_make(1, 1);
    uint64_t order[ITEMS] = {0};
    for (uint64_t i = 0; i < ITEMS; i++) {
        uint64_t other = rp_random_below(&random, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
    int code = RP_OK;
    for (size_t i = 0; i < ITEMS && code == RP_OK; i++)
        code = deliver(&delivery, order[i], NULL);
    assert_int_equal(code, RP_EUNSUPPORTED); /* after 900 in any case */
    assert_int_equal(next_done, 901);
    rp_delivery_free(&delivery);
}

static void a_failure_waits_for_its_turn(void **state)
{
    (void)state;
    struct rp_delivery delivery = make_delivery(ITEMS);
    const struct rp_error failure = {.code = RP_EINPUT, .line = "item 2 can't be done"};
    struct rp_error error;
    char bytes[sizeof failure + 1] = {0};
    memcpy(bytes, &failure, sizeof failure);
    assert_int_equal(rp_delivery_take(&delivery, 2, true, bytes, sizeof failure, &error), RP_OK);
    assert_int_equal(deliver(&delivery, 3, &error), RP_OK);
    assert_int_equal(deliver(&delivery, 0, &error), RP_OK);
    assert_int_equal(deliver(&delivery, 1, &error), RP_EINPUT);
    assert_string_equal(error.line, failure.line);
    assert_int_equal(error.code, RP_EINPUT);
    assert_int_equal(next_done, 2);
    rp_delivery_free(&delivery);
}

static void what_waits_is_bounded_in_items_and_bytes(void **state)
{
    (void)state;
    struct rp_delivery delivery = make_delivery(2 * RP_DELIVERY_WINDOW);
    assert_true(rp_delivery_room(&delivery, RP_DELIVERY_WINDOW));
    assert_false(rp_delivery_room(&delivery, RP_DELIVERY_WINDOW + 1));
    assert_int_equal(deliver(&delivery, 0, NULL), RP_OK);
    assert_true(rp_delivery_room(&delivery, RP_DELIVERY_WINDOW + 1));
    char *large = calloc(1, RP_DELIVERY_BYTES + 1);
    assert_non_null(large);
    assert_int_equal(rp_delivery_take(&delivery, 2, false, large, RP_DELIVERY_BYTES, NULL), RP_OK);
    assert_false(rp_delivery_room(&delivery, 3));
    free(large);
    rp_delivery_free(&delivery);
}

static void the_window_goes_round(void **state)
{
    (void)state;
    struct rp_delivery delivery = make_delivery(2 * RP_DELIVERY_WINDOW);
    assert_int_equal(deliver(&delivery, 0, NULL), RP_OK);
    assert_int_equal(deliver(&delivery, RP_DELIVERY_WINDOW, NULL), RP_OK); /* where 0 was */
    assert_int_equal(next_done, 1);
    for (uint64_t item = 1; item < 900; item++)
        assert_int_equal(deliver(&delivery, item, NULL), RP_OK);
    assert_int_equal(next_done, 900);
    assert_int_equal(delivery.held, RP_DELIVERY_WINDOW % 7);
    rp_delivery_free(&delivery);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_in_any_order_are_done_in_order),
        cmocka_unit_test(a_failure_waits_for_its_turn),
        cmocka_unit_test(what_waits_is_bounded_in_items_and_bytes),
        cmocka_unit_test(the_window_goes_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
