/* SPDX-License-Identifier: BSD-2-Clause */
/* What an expectation says may be done, or not, and how it is denied. */
#include <errno.h>
#include <string.h>

#include "tools/bailiwick/expectations.h"
#include "xsm/hooks.h"

#define WHAT "CLASS:PERMISSION, CLASS:*, * or an operation of xsm/hooks.def"

static const char *const errors[] = {"EPERM",  "EACCES", "EBUSY",  "EEXIST", "EFAULT",     "EINVAL",
                                     "ENOENT", "ENOMEM", "ENOSPC", "ENOSYS", "EOPNOTSUPP", "ESRCH"};

static bool is_operation(const char *name)
{
    for (unsigned int i = 0; i < XSM_NR_HOOKS; i++)
        if (strcmp(xsm_rows[i].name, name) == 0)
            return true;
    return false;
}

static struct expect_right *add(struct expect_tokens *tokens, struct expect_line *line,
                                unsigned int column)
{
    if (line->nr_rights == EXPECT_MAX_RIGHTS) {
        expect_fail(tokens, column, "at most %u permissions on a line", EXPECT_MAX_RIGHTS);
        return NULL;
    }
    line->right[line->nr_rights] = (struct expect_right){.column = column};
    return &line->right[line->nr_rights++];
}

static const char *unless_all(const char *permission)
{
    return strcmp(permission, "*") == 0 ? NULL : permission;
}

/* CLASS?: only of policies that have the class. Cuts the ? off. */
static bool take_question_mark(char *class_name)
{
    size_t length = strlen(class_name);
    bool optional = length > 1 && class_name[length - 1] == '?';

    if (optional)
        class_name[length - 1] = '\0';
    return optional;
}

/* CLASS:PERMISSION{,PERMISSION} */
static bool parse_permissions(struct expect_tokens *tokens, struct expect_line *line)
{
    struct expect_token token = expect_next(tokens);
    char *colon = (char *)(uintptr_t)token.text + strcspn(token.text, ":");
    struct expect_right *right = add(tokens, line, token.column);

    if (!right)
        return false;
    *colon = '\0';
    right->class_name = token.text;
    right->optional = take_question_mark((char *)(uintptr_t)token.text);
    right->permission = unless_all(colon + 1);
    while (expect_take(tokens, ",")) {
        token = tokens->token[tokens->next];
        if (token.text[0] == '\0' || strpbrk(token.text, ":=(),"))
            return expect_wanted(tokens, "another permission of the same class");
        expect_next(tokens);
        right = add(tokens, line, token.column);
        if (!right)
            return false;
        right->class_name = line->right[line->nr_rights - 2].class_name;
        right->optional = line->right[line->nr_rights - 2].optional;
        right->permission = unless_all(token.text);
    }
    return true;
}

static bool parse_right(struct expect_tokens *tokens, struct expect_line *line)
{
    const char *word = expect_peek(tokens), *colon = strchr(word, ':');
    struct expect_token token;
    struct expect_right *right;

    if (colon && colon != word && colon[1] != '\0' && !strchr(colon + 1, ':'))
        return parse_permissions(tokens, line);
    if (strcmp(word, "*") != 0 && !is_operation(word))
        return expect_wanted(tokens, WHAT);
    token = expect_next(tokens);
    right = add(tokens, line, token.column);
    if (right && word[0] != '*')
        right->operation = token.text;
    return right != NULL;
}

static bool parse_key(struct expect_tokens *tokens, const char *name, struct expect_line *line)
{
    static const char *const keys[] = {
        [XSM_KEY_FLASK] = "flask", [XSM_KEY_ROLE] = "role", [XSM_KEY_PHASE] = "phase"};

    for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(name, keys[i]) == 0)
            return line->key[i] = true;
    return expect_wanted(tokens, "key=flask, key=role or key=phase");
}

static bool parse_errno(struct expect_tokens *tokens, const char *name, struct expect_line *line)
{
    for (unsigned int i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (strcmp(name, errors[i]) == 0)
            line->errno_name = errors[i];
    return line->errno_name || expect_wanted(tokens, "errno= and its name, such as errno=EPERM");
}

/* key=, errno=, audit, silent. Says also of what isn't an option that it isn't. */
static bool parse_option(struct expect_tokens *tokens, struct expect_line *line)
{
    const char *word = expect_peek(tokens);
    bool audit = strcmp(word, "audit") == 0;
    bool good;

    if ((audit || strcmp(word, "silent") == 0) && line->audit == EXPECT_ANY_AUDIT) {
        line->audit = audit ? EXPECT_AUDITED : EXPECT_SILENT;
        good = true;
    } else if (line->verb == EXPECT_ALLOW) {
        good = expect_wanted(tokens, "another permission, audit or silent: key= and errno= are of "
                                     "what is denied");
    } else if (strncmp(word, "key=", 4) == 0) {
        good = parse_key(tokens, word + 4, line);
    } else if (strncmp(word, "errno=", 6) == 0 && !line->errno_name) {
        good = parse_errno(tokens, word + 6, line);
    } else {
        good = expect_wanted(tokens, "key=, errno=, audit, silent or the end of the line");
    }
    if (good)
        expect_next(tokens);
    return good;
}

static bool is_option(const char *word)
{
    return strchr(word, '=') || strcmp(word, "audit") == 0 || strcmp(word, "silent") == 0;
}

bool expect_parse_rights(struct expect_tokens *tokens, struct expect_line *line)
{
    unsigned int but = EXPECT_MAX_RIGHTS;

    do {
        if (!parse_right(tokens, line))
            return false;
        if (but == EXPECT_MAX_RIGHTS && expect_take(tokens, "but"))
            but = line->nr_rights;
        else if (expect_peek(tokens)[0] == '\0' || is_option(expect_peek(tokens)))
            break;
    } while (true);
    for (unsigned int i = but; i < line->nr_rights; i++) {
        line->right[i].except = true;
        if (line->right[i].operation)
            return expect_fail(tokens, line->right[i].column,
                               "`but` takes permissions from others, never operations");
    }
    while (expect_peek(tokens)[0] != '\0')
        if (!parse_option(tokens, line))
            return false;
    return true;
}
