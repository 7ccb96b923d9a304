/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations: parsing and asking; see expectation.h. */
#include "errata/expectation.h"

#include "base/hex.h"
#include "x86/vector.h"

#include <stdlib.h>
#include <string.h>

#define WORD_MAX 80

/* Cuts the next word off *text into `word`; false at the end. Longer ones come cut, which no name survives.
 */
static bool next_word(const char **text, char word[WORD_MAX])
{
    *text += strspn(*text, " ");
    size_t length = strcspn(*text, " "), kept = length < WORD_MAX ? length : WORD_MAX - 1;
    memcpy(word, *text, kept);
    word[kept] = '\0';
    *text += length;
    return length > 0;
}

static bool find_end(const char *word, int *end)
{
    char name[8];
    if (strcmp(word, "any") == 0)
        *end = RP_EXPECT_ANY_END;
    else if (strcmp(word, "retired") == 0)
        *end = RP_EXPECT_RETIRED;
    else
        for (*end = 0; *end < RP_VECTOR_COUNT; ++*end)
            if (strcmp(word, rp_vector_name((unsigned)*end, name)) == 0)
                break;
    return *end < RP_VECTOR_COUNT;
}

/* NAME[&MASK]=VALUE, or != ; `word` is taken apart. */
static int parse_condition(char *word, struct rp_condition *condition, struct rp_error *error)
{
    *condition = (struct rp_condition){.mask = UINT64_MAX};
    char *equals = strchr(word, '='), *mask = NULL;
    if (!equals)
        return rp_error_set(error, RP_EINPUT, "'%s' is no condition; write NAME=HEX or NAME!=HEX", word);
    if (rp_hex_parse_u64(equals + 1, &condition->value, NULL))
        return rp_error_set(error, RP_EINPUT, "'%s': '%s' is no hex number", word, equals + 1);
    condition->differs = equals > word && equals[-1] == '!';
    equals[condition->differs ? -1 : 0] = '\0';
    mask = strchr(word, '&');
    if (mask && rp_hex_parse_u64(mask + 1, &condition->mask, NULL))
        return rp_error_set(error, RP_EINPUT, "'%s': the mask is no hex number", word);
    if (mask)
        *mask = '\0';
    if (condition->value & ~condition->mask)
        return rp_error_set(error, RP_EINPUT, "'%s': the value has bits that the mask leaves out", word);
    if (strcmp(word, "length") == 0)
        condition->component = RP_EXPECT_LENGTH;
    else if (!rp_component_find(word, &condition->component))
        return rp_error_set(error, RP_EINPUT, "'%s' is no component; write a register, data+OFFSET or length",
                            word);
    return RP_OK;
}

int rp_expectation_parse(const char *text, struct rp_expectation *expectation, struct rp_error *error)
{
    char word[WORD_MAX];
    const char *rest = text;
    struct rp_expectation e = {0};
    if (!next_word(&rest, word) || !find_end(word, &e.end))
        return rp_error_set(error, RP_EINPUT, "'%s' is no end; write retired, any or a vector as #UD", word);
    while (next_word(&rest, word)) {
        if (e.conditions == RP_CONDITIONS_MAX)
            return rp_error_set(error, RP_EINPUT, "'%s' is one condition too many, %d are possible", word,
                                RP_CONDITIONS_MAX);
        int result = parse_condition(word, &e.condition[e.conditions++], error);
        if (result)
            return result;
    }
    e.text = strdup(text);
    if (!e.text)
        return rp_error_set(error, RP_EENVIRONMENT, "out of memory for the catalogue of errata");
    *expectation = e;
    return RP_OK;
}

void rp_expectation_free(struct rp_expectation *expectation)
{
    free(expectation->text);
    *expectation = (struct rp_expectation){0};
}

static bool ends_so(const struct rp_expectation *expectation, const struct rp_outcome *outcome)
{
    if (expectation->end == RP_EXPECT_RETIRED)
        return rp_outcome_retired(outcome);
    if (expectation->end == RP_EXPECT_ANY_END)
        return rp_outcome_retired(outcome) || outcome->kind == RP_OUTCOME_TRAPPED;
    return outcome->kind == RP_OUTCOME_TRAPPED && outcome->vector == expectation->end;
}

bool rp_expectation_met(const struct rp_expectation *expectation, const struct rp_view *view)
{
    if (!ends_so(expectation, view->outcome))
        return false;
    for (unsigned i = 0; i < expectation->conditions; i++) {
        const struct rp_condition *c = &expectation->condition[i];
        uint64_t value =
            c->component == RP_EXPECT_LENGTH ? view->outcome->length : rp_view_value(view, c->component);
        if (((value & c->mask) == c->value) == c->differs)
            return false;
    }
    return true;
}
