/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The LCM's modules against what the bootloader loaded. A boot menu and an LCM that are out of step
 * are the mistake that people make most: say what was expected and what is there.
 */
#include <stdio.h>
#include <string.h>

#include "lcm/node.h"

#define LIST_SIZE 112u
#define HEX_SHOWN 8u /* bytes of a digest: enough to tell two apart */

struct search {
    const struct lcm_environment *environment;
    struct lcm_report *report;
    const struct lcm *lcm;
};

static void fault(const struct search *search, const struct lcm_module *module, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));

static void fault(const struct search *search, const struct lcm_module *module, const char *format,
                  ...)
{
    va_list arguments;

    va_start(arguments, format);
    lcm_vfind(search->report, module->domain ? LCM_DOMAIN_ERROR : LCM_ERROR, module->domain,
              module->path, format, arguments);
    va_end(arguments);
}

static bool has_name(const struct lcm_boot_module *boot_module, const char *name)
{
    size_t length = lcm_module_name(boot_module->line);

    return length == strlen(name) && strncmp(boot_module->line, name, length) == 0;
}

static int name_length(const char *line)
{
    size_t length = lcm_module_name(line);

    return length < LCM_MAX_NAME ? (int)length : LCM_MAX_NAME;
}

/* "1 xsm-policy, 2 vmlinux": what is loaded, without the LCM; cut where there is no more room. */
static const char *list_loaded(const struct lcm_environment *environment, char *text, size_t size)
{
    size_t used = 0;

    snprintf(text, size, "nothing but the LCM");
    for (unsigned int i = 1; i < environment->nr_modules && used < size; i++) {
        const char *line = environment->module[i].line;
        int length = snprintf(text + used, size - used, "%s%u %.*s", i > 1 ? ", " : "", i,
                              name_length(line), *line ? line : "(no name)");

        if (length < 0)
            break;
        used += (size_t)length;
    }
    return text;
}

static int locate_by_index(const struct search *search, const struct lcm_module *module)
{
    char list[LIST_SIZE];

    if (module->index == 0) {
        fault(search, module, "mb-index is 0: that is the LCM itself");
        return -1;
    }
    if (module->index >= search->environment->nr_modules) {
        fault(search, module, "mb-index is %u, but the bootloader loaded: %s", module->index,
              list_loaded(search->environment, list, sizeof(list)));
        return -1;
    }
    return (int)module->index;
}

static int locate_by_address(const struct search *search, const struct lcm_module *module)
{
    const struct lcm_environment *environment = search->environment;

    for (unsigned int i = 1; i < environment->nr_modules; i++) {
        if (environment->module[i].address != module->address)
            continue;
        if (environment->module[i].size == module->size)
            return (int)i;
        fault(search, module, "module-addr says %llu bytes at 0x%llx, but module %u there has %llu",
              (unsigned long long)module->size, (unsigned long long)module->address, i,
              (unsigned long long)environment->module[i].size);
        return -1;
    }
    fault(search, module, "the bootloader loaded no module at 0x%llx",
          (unsigned long long)module->address);
    return -1;
}

static int locate_by_name(const struct search *search, const struct lcm_module *module)
{
    const struct lcm_environment *environment = search->environment;
    char list[LIST_SIZE];
    int found = -1;

    for (unsigned int i = 1; i < environment->nr_modules; i++) {
        if (!has_name(&environment->module[i], module->name))
            continue;
        if (found >= 0) {
            fault(search, module,
                  "the name %.*s is ambiguous: the bootloader loaded it as module %d and as "
                  "module %u, remove one of the lines",
                  name_length(module->name), module->name, found, i);
            return -1;
        }
        found = (int)i;
    }
    if (found < 0)
        fault(search, module, "no module %.*s was loaded; the bootloader loaded: %s",
              name_length(module->name), module->name,
              list_loaded(environment, list, sizeof(list)));
    return found;
}

static int locate(const struct search *search, const struct lcm_module *module)
{
    switch (module->locator) {
    case LCM_BY_INDEX:
        return locate_by_index(search, module);
    case LCM_BY_ADDRESS:
        return locate_by_address(search, module);
    case LCM_BY_NAME:
        return locate_by_name(search, module);
    case LCM_NOWHERE: /* reported by the parser */
    default:
        return -1;
    }
}

/* A name next to an index or address doesn't find the module, but confirms it. */
static void confirm_name(const struct search *search, struct lcm_module *module)
{
    const struct lcm_boot_module *boot_module = &search->environment->module[module->boot_module];

    if (!module->name || has_name(boot_module, module->name))
        return;
    fault(search, module,
          "should be %.*s, but module %d is %.*s: boot menu and LCM are out of step, build both "
          "again",
          name_length(module->name), module->name, module->boot_module,
          name_length(boot_module->line), boot_module->line);
    module->boot_module = -1;
}

/* Modules are shared between domains, and hashing takes time: was this one found good already? */
static bool verified_before(const struct lcm *lcm, const struct lcm_module *module)
{
    for (const struct lcm_module *other = lcm->module; other < module; other++) {
        if (other->verified && other->boot_module == module->boot_module &&
            memcmp(other->digest, module->digest, LCM_DIGEST_SIZE) == 0)
            return true;
    }
    return false;
}

static const char *hex(const uint8_t *digest, char text[2 * HEX_SHOWN + 1])
{
    for (size_t i = 0; i < HEX_SHOWN; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

static void verify(const struct search *search, struct lcm_module *module)
{
    const struct lcm_boot_module *boot_module = &search->environment->module[module->boot_module];
    uint8_t digest[LCM_DIGEST_SIZE];
    char is[2 * HEX_SHOWN + 1], expected[2 * HEX_SHOWN + 1];

    module->verified = verified_before(search->lcm, module);
    if (module->verified)
        return;
    lcm_sha256(boot_module->data, (size_t)boot_module->size, digest);
    module->verified = memcmp(digest, module->digest, LCM_DIGEST_SIZE) == 0;
    if (module->verified)
        return;
    fault(
        search, module,
        "module %d (%.*s) has the digest %s..., but %s... is expected: it was changed or replaced "
        "since the LCM was made",
        module->boot_module, name_length(boot_module->line), boot_module->line, hex(digest, is),
        hex(module->digest, expected));
}

/* Say so rather than take a module in silence and do nothing with it. */
static void note_unused(const struct search *search, const struct lcm_module *module)
{
    if (module->type == LCM_DEVICE_TREE || (module->type == LCM_CONFIG && !module->publish))
        lcm_find(search->report, LCM_NOTICE, NULL, module->path,
                 "this version does nothing with a module of type %s yet",
                 lcm_module_type_name(module->type));
}

/* It reads configurations, as its policy lets it. */
static bool is_for_boot_domain(const struct lcm *lcm, const struct lcm_module *module)
{
    for (unsigned int i = 0; i < lcm->nr_domains; i++)
        if ((lcm->domain[i].functions & LCM_FUNCTION_BOOT) != 0)
            return module->type == LCM_CONFIG;
    return false;
}

/* There is room in hypfs for so much of each domain's. */
static void check_published(const struct search *search, struct lcm_module *module)
{
    unsigned long long size;

    if (!module->publish || module->boot_module < 0)
        return;
    size = search->environment->module[module->boot_module].size;
    if (size <= LCM_MAX_PUBLISHED)
        return;
    lcm_find(search->report, LCM_NOTICE, NULL, module->path,
             "isn't published: it has %llu bytes, and at most %u are kept", size,
             (unsigned int)LCM_MAX_PUBLISHED);
    module->publish = false;
}

/* The node that a boot module is for, or "". */
static const char *path_for(const struct search *search, unsigned int boot_module)
{
    for (unsigned int i = 0; i < search->lcm->nr_modules; i++) {
        if (search->lcm->module[i].boot_module == (int)boot_module)
            return search->lcm->module[i].path;
    }
    return "";
}

/* What the bootloader's hand-over has room for: the hypervisor stops before it reads an LCM. */
static void check_limits(const struct search *search)
{
    const struct lcm_environment *environment = search->environment;
    unsigned int modules = environment->max_modules, line = environment->max_line;

    if (modules && environment->nr_modules > modules)
        lcm_find(
            search->report, LCM_ERROR, NULL, path_for(search, modules),
            "there are %u boot modules with the LCM, but this hypervisor takes %u: let domains "
            "share some",
            environment->nr_modules, modules);
    for (unsigned int i = 0; line && i < environment->nr_modules; i++) {
        if (strnlen(environment->module[i].line, line) == line)
            lcm_find(search->report, LCM_ERROR, NULL, path_for(search, i),
                     "the line of boot module %u is longer than %u bytes: put what belongs to the "
                     "domain into bootargs",
                     i, line - 1);
    }
}

void lcm_check_modules(struct lcm *lcm, const struct lcm_environment *environment,
                       struct lcm_report *report)
{
    const struct search search = {.environment = environment, .report = report, .lcm = lcm};

    for (unsigned int i = 0; i < lcm->nr_modules; i++) {
        struct lcm_module *module = &lcm->module[i];

        if (!is_for_boot_domain(lcm, module))
            note_unused(&search, module);
        module->verified = false;
        module->boot_module = locate(&search, module);
        if (module->boot_module >= 0)
            confirm_name(&search, module);
        if (module->boot_module >= 0 && module->has_digest &&
            environment->module[module->boot_module].data)
            verify(&search, module);
        check_published(&search, module);
    }
    check_limits(&search);
}
