/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/guests/bw/json.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

/* Whose domid no domain has. */
#define NO_DOMAIN 0xffffu

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* What a program would take out of the text; the rest is in the structure, or for readers. */
static const char *const names[] = {"hook",     "holds",  "needs",  "scontext",
                                    "tcontext", "tclass", "unknown"};

static const char *kind_name(uint8_t kind)
{
    static const char *const name[] = {
        [BW_AUDIT_flask] = "flask",       [BW_AUDIT_role] = "role",
        [BW_AUDIT_phase] = "phase",       [BW_AUDIT_replaced] = "replaced",
        [BW_AUDIT_enforced] = "enforced", [BW_AUDIT_unenforced] = "unenforced",
        [BW_AUDIT_booleans] = "booleans", [BW_AUDIT_relabelled] = "relabelled",
        [BW_AUDIT_sealed] = "sealed",     [BW_AUDIT_revoked] = "revoked",
        [BW_AUDIT_object] = "object",
    };

    return kind < ARRAY_SIZE(name) && name[kind] != NULL ? name[kind] : "other";
}

static void set_word(json_t *object, const char *name, const char *word, size_t length)
{
    json_object_set_new(object, name, json_stringn(word, length));
}

/* One word of the text: NAME=VALUE. */
static void put_word(json_t *object, const char *word, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        size_t name = strlen(names[i]);

        if (length > name && strncmp(word, names[i], name) == 0 && word[name] == '=')
            set_word(object, names[i], word + name + 1, length - name - 1);
    }
}

static void put_text(json_t *object, const char *text)
{
    const char *inside = strstr(text, "{ ");

    if (inside != NULL && strstr(text, "tclass=") != NULL)
        set_word(object, "permission", inside + 2, strcspn(inside + 2, " "));
    for (const char *word = text; *word != '\0'; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");

        put_word(object, word, length);
        word += length;
    }
    json_object_set_new(object, "text", json_string(text));
}

static void put_domain(json_t *object, const char *name, uint16_t domid)
{
    if (domid != NO_DOMAIN)
        json_object_set_new(object, name, json_integer(domid));
}

static void print(FILE *out, json_t *object)
{
    (void)json_dumpf(object, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(object);
}

void bw_json_record(FILE *out, const struct bw_audit_read *record, const char *text)
{
    json_t *object = json_pack("{s:I, s:I, s:s}", "sequence", (json_int_t)record->sequence, "time",
                               (json_int_t)record->time, "kind", kind_name(record->kind));

    if (record->kind < BW_AUDIT_replaced) {
        json_object_set_new(object, "denied", json_boolean(record->denied));
        json_object_set_new(object, "permissive", json_boolean(record->permissive));
    }
    put_domain(object, "domid", record->domid);
    put_domain(object, "target", record->target);
    put_text(object, text);
    print(out, object);
}

void bw_json_covered(FILE *out, const char *text)
{
    json_t *object = json_object();
    const char *verdict = text + strcspn(text, " ");

    verdict += strspn(verdict, " ");
    set_word(object, "verdict", verdict, strcspn(verdict, " "));
    put_text(object, text);
    print(out, object);
}
