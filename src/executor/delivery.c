/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delivery in order; see delivery.h. */
#include "executor/delivery.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int rp_delivery_init(struct rp_delivery *delivery, const struct rp_pool_work *work, struct rp_error *error)
{
    *delivery = (struct rp_delivery){.work = work};
    delivery->parcel = calloc(RP_DELIVERY_WINDOW, sizeof *delivery->parcel);
    if (!delivery->parcel)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the results of workers");
    return RP_OK;
}

void rp_delivery_free(struct rp_delivery *delivery)
{
    for (size_t i = 0; delivery->parcel && i < RP_DELIVERY_WINDOW; i++)
        free(delivery->parcel[i].bytes);
    free(delivery->parcel);
    delivery->parcel = NULL;
}

bool rp_delivery_room(const struct rp_delivery *delivery, uint64_t end)
{
    return delivery->held < RP_DELIVERY_BYTES && end <= delivery->next + RP_DELIVERY_WINDOW;
}

static struct rp_parcel *parcel_of(struct rp_delivery *delivery, uint64_t item)
{
    return &delivery->parcel[item % RP_DELIVERY_WINDOW];
}

static int do_next(struct rp_delivery *delivery, bool failed, const char *bytes, size_t length,
                   struct rp_error *error)
{
    if (!failed)
        return delivery->work->done(delivery->work->context, delivery->next++, bytes, length, error);
    struct rp_error failure;
    memcpy(&failure, bytes, sizeof failure);
    return rp_error_set(error, failure.code, "%s", failure.line);
}

static int keep(struct rp_delivery *delivery, uint64_t item, bool failed, const char *bytes, size_t length,
                struct rp_error *error)
{
    struct rp_parcel *parcel = parcel_of(delivery, item);
    assert(!parcel->bytes && item < delivery->next + RP_DELIVERY_WINDOW);
    parcel->bytes = malloc(length + 1);
    if (!parcel->bytes)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the results of workers");
    memcpy(parcel->bytes, bytes, length + 1);
    parcel->length = length;
    parcel->failed = failed;
    delivery->held += length;
    return RP_OK;
}

int rp_delivery_take(struct rp_delivery *delivery, uint64_t item, bool failed, const char *bytes,
                     size_t length, struct rp_error *error)
{
    assert(item >= delivery->next);
    if (item > delivery->next)
        return keep(delivery, item, failed, bytes, length, error);
    int code = do_next(delivery, failed, bytes, length, error);
    struct rp_parcel *parcel;
    while (code == RP_OK && (parcel = parcel_of(delivery, delivery->next))->bytes) {
        code = do_next(delivery, parcel->failed, parcel->bytes, parcel->length, error);
        delivery->held -= parcel->length;
        free(parcel->bytes);
        *parcel = (struct rp_parcel){0};
    }
    return code;
}
