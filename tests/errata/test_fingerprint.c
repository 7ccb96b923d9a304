/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose behaviour is followed: made-up CPUs that do what the catalogue says of a vendor are taken for that
 * vendor's. */
#include "errata/built_in.h"
#include "errata/fingerprint.h"
#include "errata/simulate.h"
#include "report/errata.h"
#include "support/suite.h"

#include <stdlib.h>
#include <string.h>

/* Results of a CPU that does what a vendor's family does, every `odd`th variant excepted (0: none). */
static struct rp_fingerprint fingerprint_of(const char *vendor, unsigned family, unsigned odd)
{
    struct rp_errata_result *results = calloc(catalogue.count, sizeof *results);
    struct rp_fingerprint fingerprint;
    size_t count = 0, variants = 0;
    assert_non_null(results);
    for (size_t i = 0; i < catalogue.count; i++) {
        const struct rp_erratum *e = &catalogue.entry[i];
        for (unsigned v = 0; v < e->variants; v++) {
            bool other = odd && variants % odd == 0;
            if (rp_variant_follows(&e->variant[v], vendor, family) == other)
                continue;
            results[count++] = (struct rp_errata_result){
                .erratum = e, .experiment = {.made = true, .variants_met = (uint8_t)(1u << v)}};
            break;
        }
        variants += e->variants > 0;
    }
    rp_errata_fingerprint(results, count, &fingerprint);
    free(results);
    return fingerprint;
}

static void a_cpu_is_told_by_what_it_does(void **state)
{
    struct rp_text words = {0};
    (void)state;
    struct rp_fingerprint f = fingerprint_of("AuthenticAMD", 0x19, 0);
    assert_true(f.alike);
    assert_string_equal(f.vendor, "AuthenticAMD");
    assert_int_equal(f.family[0], 0x19);
    f = fingerprint_of("GenuineIntel", 6, 0);
    assert_true(f.alike);
    assert_string_equal(f.vendor, "GenuineIntel");
    assert_int_equal(f.against, 0);
    rp_errata_fingerprint_words(&f, &words);
    assert_non_null(strstr(rp_text_string(&words), "behaves like Intel family 06h"));
    rp_text_free(&words);
    f = fingerprint_of("AuthenticAMD", 0x10, 0);
    assert_string_equal(f.vendor, "AuthenticAMD");
    assert_int_equal(f.family[0], 0x10);
    assert_int_equal(f.family[1], 0x16);
    assert_false(f.or_later);
}

static void who_does_half_of_it_otherwise_is_no_such_cpu(void **state)
{
    struct rp_text words = {0};
    (void)state;
    struct rp_fingerprint f = fingerprint_of("AuthenticAMD", 0x19, 3);
    assert_false(f.alike);
    rp_errata_fingerprint_words(&f, &words);
    assert_non_null(strstr(rp_text_string(&words), "no CPU of the catalogue"));
    rp_text_free(&words);
}

static void nothing_shown_is_nobodys(void **state)
{
    struct rp_fingerprint f;
    struct rp_text words = {0};
    struct rp_errata_result unshown = {.erratum = rp_catalogue_find(&catalogue, "salc")};
    (void)state;
    rp_errata_fingerprint(&unshown, 1, &f);
    assert_int_equal(f.shown, 0);
    assert_string_equal(f.vendor, "");
    rp_errata_fingerprint_words(&f, &words);
    assert_string_equal(rp_text_string(&words), "no variant was shown");
    rp_text_free(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cpu_is_told_by_what_it_does),
        cmocka_unit_test(who_does_half_of_it_otherwise_is_no_such_cpu),
        cmocka_unit_test(nothing_shown_is_nobodys),
    };
    return cmocka_run_group_tests(tests, load_catalogue, unload_catalogue);
}
