/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a configuration: a function for each statement, by its first word. */
#include "tools/guests/bw-boot/config.h"

#include <string.h>

#include <xen/xen.h>
#include <xen/hvm/params.h>

#define MAX_WITHIN_MS 3600000u
#define MAX_VCPUS 32u

struct reading {
    struct boot_config *config;
    struct boot_report *report;
    struct boot_line line;
};

static const struct {
    const char *name;
    uint32_t param;
} params[] = {
    {"store-pfn", HVM_PARAM_STORE_PFN},
    {"store-evtchn", HVM_PARAM_STORE_EVTCHN},
    {"console-evtchn", HVM_PARAM_CONSOLE_EVTCHN},
    {"callback-irq", HVM_PARAM_CALLBACK_IRQ},
};

static const struct {
    const char *name;
    size_t offset;
} registers[] = {
#define REGISTER(name) {#name, offsetof(struct bw_vcpu_state, name)},
    BW_VCPU_REGISTERS(REGISTER)
#undef REGISTER
};

/* Returns false, for who has to. */
static bool wrong(const struct reading *r, const char *what, struct boot_word word)
{
    if (word.size == 0)
        boot_fault(r->report, "line %u: %s", r->line.number, what);
    else
        boot_fault(r->report, "line %u: %s: %.*s", r->line.number, what, BOOT_WORD(word));
    return false;
}

static bool read_name(struct reading *r, char name[BOOT_NAME_SIZE])
{
    struct boot_word word = boot_next_word(&r->line);

    return boot_word_copy(word, name, BOOT_NAME_SIZE) || wrong(r, "no domain's name", word);
}

static bool read_number(struct reading *r, uint64_t *value, const char *complaint)
{
    struct boot_word word = boot_next_word(&r->line);

    return boot_word_number(word, value) || wrong(r, complaint, word);
}

/* 10s or 500ms. */
static bool read_time(struct reading *r, uint32_t *ms)
{
    struct boot_word word = boot_next_word(&r->line), number = word;
    uint64_t value, unit = 0;

    if (word.size > 2 && memcmp(word.at + word.size - 2, "ms", 2) == 0) {
        unit = 1;
        number.size -= 2;
    } else if (word.size > 1 && word.at[word.size - 1] == 's') {
        unit = 1000;
        number.size -= 1;
    }
    if (unit == 0 || !boot_word_number(number, &value) || value == 0 ||
        value > MAX_WITHIN_MS / unit)
        return wrong(r, "no time such as 10s or 500ms, at most 3600s", word);
    *ms = (uint32_t)(value * unit);
    return true;
}

/* All of after NAME [ready [within TIME]]. */
static bool read_afters(struct reading *r, struct boot_statement *s)
{
    while (boot_take_word(&r->line, "after")) {
        struct boot_after *after = &s->after[s->nr_after];

        if (s->nr_after == BOOT_MAX_AFTER)
            return wrong(r, "it waits for too many", (struct boot_word){0});
        after->within_ms = BOOT_WITHIN_MS;
        if (!read_name(r, after->name))
            return false;
        after->ready = boot_take_word(&r->line, "ready");
        if (after->ready && boot_take_word(&r->line, "within") && !read_time(r, &after->within_ms))
            return false;
        s->nr_after++;
    }
    return true;
}

static bool read_start(struct reading *r, struct boot_statement *s)
{
    s->kind = BOOT_START;
    return read_name(r, s->name) && read_afters(r, s);
}

static bool read_finalise(struct reading *r, struct boot_statement *s)
{
    s->kind = BOOT_FINALISE;
    return read_afters(r, s);
}

static bool read_digits(struct reading *r, struct boot_statement *s)
{
    do {
        struct boot_word word = boot_next_word(&r->line);

        if (s->digits.at == NULL)
            s->digits.at = word.at;
        s->digits.size = (size_t)(word.at - s->digits.at) + word.size;
        for (size_t i = 0; i < word.size; i++)
            if (boot_digit(word.at[i]) == 16)
                return wrong(r, "no hexadecimal digits", word);
        if (word.size == 0 || word.size % 2 != 0)
            return wrong(r, "bytes have two digits each", word);
    } while (!boot_at_end(&r->line));
    return true;
}

static bool read_module(struct reading *r, struct boot_statement *s)
{
    struct boot_word word = boot_next_word(&r->line);

    return boot_word_copy(word, s->module, sizeof(s->module)) || wrong(r, "no module's name", word);
}

static bool read_write(struct reading *r, struct boot_statement *s)
{
    if (!read_name(r, s->name) || !read_number(r, &s->address, "no address"))
        return false;
    if (boot_take_word(&r->line, "hex")) {
        s->kind = BOOT_WRITE_HEX;
        return read_digits(r, s);
    }
    if (boot_take_word(&r->line, "module")) {
        s->kind = BOOT_WRITE_MODULE;
        return read_module(r, s);
    }
    return wrong(r, "neither hex nor module", boot_next_word(&r->line));
}

static bool read_param_name(struct reading *r, struct boot_statement *s)
{
    struct boot_word word = boot_next_word(&r->line);

    for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        s->param = params[i].param;
        if (boot_word_is(word, params[i].name))
            return true;
    }
    return wrong(r, "none of store-pfn, store-evtchn, console-evtchn, callback-irq", word);
}

static bool read_param(struct reading *r, struct boot_statement *s)
{
    s->kind = BOOT_PARAM;
    return read_name(r, s->name) && read_param_name(r, s) && read_number(r, &s->value, "no value");
}

static bool read_register_name(struct reading *r, struct boot_statement *s)
{
    struct boot_word word = boot_next_word(&r->line);

    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        s->reg = registers[i].offset;
        if (boot_word_is(word, registers[i].name))
            return true;
    }
    return wrong(r, "no register that can be set", word);
}

static bool read_register(struct reading *r, struct boot_statement *s)
{
    uint64_t vcpu = 0;

    s->kind = BOOT_REGISTER;
    if (!read_name(r, s->name) || !read_register_name(r, s) ||
        !read_number(r, &s->value, "no value"))
        return false;
    if (boot_take_word(&r->line, "vcpu") && !read_number(r, &vcpu, "no vCPU's number"))
        return false;
    s->vcpu = (uint32_t)vcpu;
    return vcpu < MAX_VCPUS || wrong(r, "there is no such vCPU", (struct boot_word){0});
}

static bool read_ready(struct reading *r, struct boot_statement *s)
{
    if (!read_name(r, s->name))
        return false;
    if (boot_take_word(&r->line, "param")) {
        s->kind = BOOT_READY_PARAM;
        return read_param_name(r, s);
    }
    if (boot_take_word(&r->line, "at")) {
        s->kind = BOOT_READY_AT;
        return read_number(r, &s->address, "no address");
    }
    return wrong(r, "neither param nor at", boot_next_word(&r->line));
}

static const struct {
    const char *name;
    bool (*read)(struct reading *r, struct boot_statement *s);
} statements[] = {
    {"start", read_start}, {"finalise", read_finalise}, {"ready", read_ready},
    {"write", read_write}, {"param", read_param},       {"register", read_register},
};

static bool read_statement(struct reading *r, struct boot_statement *s)
{
    struct boot_word word = boot_next_word(&r->line);

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        if (!boot_word_is(word, statements[i].name))
            continue;
        if (!statements[i].read(r, s))
            return false;
        return boot_at_end(&r->line) ||
               wrong(r, "more than was expected", boot_next_word(&r->line));
    }
    return wrong(r, "no statement", word);
}

const struct boot_statement *boot_find_statement(const struct boot_config *config,
                                                 enum boot_kind kind, const char *name)
{
    for (unsigned int i = 0; i < config->nr; i++) {
        const struct boot_statement *s = &config->statement[i];

        if (s->kind == kind && strcmp(s->name, name) == 0)
            return s;
    }
    return NULL;
}

const struct boot_statement *boot_find_ready(const struct boot_config *config, const char *name)
{
    const struct boot_statement *s = boot_find_statement(config, BOOT_READY_PARAM, name);

    return s != NULL ? s : boot_find_statement(config, BOOT_READY_AT, name);
}

/* What can be said once only: of a domain, or at all. NULL: it wasn't said before. */
static const struct boot_statement *find_same(const struct boot_config *config,
                                              const struct boot_statement *s)
{
    if (s->kind == BOOT_START || s->kind == BOOT_FINALISE)
        return boot_find_statement(config, s->kind, s->name);
    if (s->kind == BOOT_READY_PARAM || s->kind == BOOT_READY_AT)
        return boot_find_ready(config, s->name);
    return NULL;
}

static void add_statement(struct reading *r)
{
    struct boot_config *config = r->config;
    struct boot_statement *s = &config->statement[config->nr];
    const struct boot_statement *same;

    *s = (struct boot_statement){.line = r->line.number};
    if (!read_statement(r, s))
        return;
    same = find_same(config, s);
    if (same == NULL)
        config->nr++;
    else
        boot_fault(r->report, "line %u: line %u says that already", s->line, same->line);
}

void boot_read_config(const char *text, size_t size, struct boot_config *config,
                      struct boot_report *report)
{
    struct boot_text rest = {.at = text, .end = text + size};
    struct reading r = {.config = config, .report = report};

    config->nr = 0;
    while (boot_next_line(&rest, &r.line)) {
        if (config->nr == BOOT_MAX_STATEMENTS) {
            boot_fault(report, "line %u: too many statements", r.line.number);
            return;
        }
        if (r.line.wrong != NULL)
            boot_fault(report, "line %u: %s", r.line.number, r.line.wrong);
        else
            add_statement(&r);
    }
}
