/* SPDX-License-Identifier: BSD-2-Clause */
/* Who an expectation is about: the names on both sides of its arrow. */
#include <string.h>

#include "tools/bailiwick/expectations.h"

static const struct {
    const char *word;
    enum expect_item_kind kind;
    bool object; /* of objects alone */
    const char *what;
} forms[] = {
    {"role", EXPECT_ROLE, false,
     "a role: control, hardware, boot, crash, console, xenstore, any, none"},
    {"module", EXPECT_MODULE, true, "DOMAIN/TYPE, as in module(guest_a/ramdisk), or a file's name"},
    {"channel", EXPECT_CHANNEL, true, "who the channel is to, as in channel(guest_b)"},
};

#define NR_FORMS (sizeof(forms) / sizeof(forms[0]))

/* Words that names would be mistaken for. */
static const char *const reserved[] = {
    "->",   ":",    "but",   "each",     "trusting", "to",   "(",      ")",    ",", "allow",
    "deny", "only", "never", "finalise", "?",        "flow", "always", "with", "*"};

static bool is_name(const char *word)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strcmp(word, reserved[i]) == 0)
            return false;
    return word[0] != '\0';
}

/* Is it the word, and not a domain of that name, which no name follows? */
static bool is_other(const struct expect_tokens *tokens)
{
    return strcmp(expect_peek(tokens), "other") == 0 && tokens->next < tokens->count &&
           is_name(tokens->token[tokens->next + 1].text);
}

/* FORM ( NAME ) */
static bool parse_form(struct expect_tokens *tokens, unsigned int form, struct expect_item *item)
{
    expect_next(tokens);
    if (!expect_take(tokens, "("))
        return expect_wanted(tokens, "\"(\"");
    if (!is_name(expect_peek(tokens)))
        return expect_wanted(tokens, forms[form].what);
    item->kind = forms[form].kind;
    item->name = expect_next(tokens).text;
    return expect_take(tokens, ")") || expect_wanted(tokens, "\")\"");
}

/* The number of the form that this word begins, or NR_FORMS: it is a name. */
static unsigned int find_form(const struct expect_tokens *tokens)
{
    const char *after = tokens->token[tokens->next + (tokens->next < tokens->count)].text;
    unsigned int form = 0;

    while (form < NR_FORMS &&
           (strcmp(expect_peek(tokens), forms[form].word) != 0 || after[0] != '('))
        form++;
    return form;
}

/* A name, which may be one that not every policy has: NAME? */
static void take_name(struct expect_tokens *tokens, struct expect_item *item)
{
    struct expect_token token = expect_next(tokens);
    /* The words are this line's own: the tail of one can be cut off. */
    char *end = (char *)(uintptr_t)token.text + strlen(token.text) - 1;

    item->kind = EXPECT_NAME;
    item->name = token.text;
    item->optional = *end == '?' && end != token.text;
    if (item->optional)
        *end = '\0';
    else if (strcmp(token.text, "any") == 0)
        item->kind = EXPECT_ANY;
    else if (strcmp(token.text, "self") == 0)
        item->kind = EXPECT_SELF;
}

bool expect_parse_item(struct expect_tokens *tokens, bool object, struct expect_item *item)
{
    unsigned int form;

    *item = (struct expect_item){0};
    expect_take(tokens, "each");
    item->column = tokens->token[tokens->next].column;
    item->other = is_other(tokens);
    if (item->other)
        expect_next(tokens);
    if (item->other && !object)
        return expect_fail(tokens, item->column, "`other` is for objects: other than the subject");
    form = find_form(tokens);
    if (form < NR_FORMS && forms[form].object && !object)
        return expect_fail(tokens, item->column, "%s() is an object, never a subject",
                           forms[form].word);
    if (form < NR_FORMS)
        return parse_form(tokens, form, item);
    if (!is_name(expect_peek(tokens)))
        return expect_wanted(tokens, "a domain, a type, an attribute or any");
    take_name(tokens, item);
    if (item->kind == EXPECT_SELF && !object)
        return expect_fail(tokens, item->column, "`self` is an object: the subject itself");
    return true;
}

/* One name at least, and those that follow it. */
static bool parse_items(struct expect_tokens *tokens, bool object, struct expect_item *item,
                        unsigned int *count)
{
    bool other = false;

    do {
        if (*count == EXPECT_MAX_ITEMS)
            return expect_fail(tokens, tokens->token[tokens->next].column,
                               "at most %u names: give them an attribute", EXPECT_MAX_ITEMS);
        if (!expect_parse_item(tokens, object, &item[*count]))
            return false;
        /* `each other A B`: neither of A nor of B is it the subject itself. */
        other |= item[*count].other;
        item[*count].other = other;
        ++*count;
        expect_take(tokens, ",");
    } while (is_name(expect_peek(tokens)) || strcmp(expect_peek(tokens), "each") == 0);
    return true;
}

bool expect_parse_side(struct expect_tokens *tokens, bool object, struct expect_side *side)
{
    *side = (struct expect_side){0};
    if (!parse_items(tokens, object, side->item, &side->nr_items))
        return false;
    return !expect_take(tokens, "but") ||
           parse_items(tokens, object, side->except, &side->nr_except);
}
