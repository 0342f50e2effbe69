/* SPDX-License-Identifier: BSD-2-Clause */
#include "lcm/classic.h"

#include <errno.h>
#include <string.h>

#define PATH "boot entry"
#define NAME "dom0"
#define MOST_KIB (UINT64_MAX >> 24) /* more than any machine has, in any unit */
#define MEMORY_OPTION "dom0_mem="

/* The value of the last dom0_mem= on the line, or NULL. */
static const char *memory_option(const char *line)
{
    const size_t length = sizeof(MEMORY_OPTION) - 1;
    const char *found = NULL;

    for (const char *at = line; *at != '\0'; at++)
        if ((at == line || at[-1] == ' ') && strncmp(at, MEMORY_OPTION, length) == 0)
            found = at + length;
    return found;
}

/* How many KiB one of the unit is, as a shift; -1: it is no unit. */
static int shift_of(char unit)
{
    switch (unit) {
    case 'k':
    case 'K':
    case ' ':
    case ',':
    case '\0':
        return 0;
    case 'm':
    case 'M':
        return 10;
    case 'g':
    case 'G':
        return 20;
    default:
        return -1;
    }
}

static bool is_end(char c)
{
    return c == '\0' || c == ' ' || c == ',';
}

/* KiB, or 0: it can't be read. */
static uint64_t read_size(const char *text)
{
    uint64_t size = 0;
    int shift;

    if (strncmp(text, "max:", 4) == 0)
        text += 4;
    for (; *text >= '0' && *text <= '9'; text++)
        size = size < MOST_KIB ? size * 10 + (uint64_t)(*text - '0') : MOST_KIB;
    shift = shift_of(*text);
    if (shift < 0 || (shift > 0 && !is_end(text[1])))
        return 0;
    return size << shift;
}

static uint64_t memory_of(const struct lcm_environment *environment, const char *command_line,
                          struct lcm_report *report)
{
    const char *option = memory_option(command_line);
    uint64_t asked = option != NULL ? read_size(option) : 0;

    if (option != NULL && asked == 0)
        lcm_find(report, LCM_NOTICE, NULL, PATH,
                 "dom0_mem= of the hypervisor's command line can't be read: dom0 gets all memory");
    return asked != 0 ? asked : environment->memory_kib / 1024 * 1024;
}

static struct lcm_module *add_module(struct lcm *lcm, struct lcm_domain *domain,
                                     enum lcm_module_type type, unsigned int number)
{
    struct lcm_module *module = &lcm->module[lcm->nr_modules++];

    *module = (struct lcm_module){.path = PATH,
                                  .domain = domain,
                                  .type = type,
                                  .locator = LCM_BY_INDEX,
                                  .index = number,
                                  .boot_module = (int)number};
    return module;
}

static void take_modules(const struct lcm_environment *environment, struct lcm *lcm,
                         struct lcm_report *report)
{
    struct lcm_domain *domain = &lcm->domain[0];

    domain->kernel = add_module(lcm, domain, LCM_KERNEL, 0);
    for (unsigned int i = 1; i < environment->nr_modules; i++) {
        if (lcm->policy == NULL &&
            lcm_is_policy(environment->module[i].data, environment->module[i].size))
            lcm->policy = add_module(lcm, NULL, LCM_XSM_POLICY, i);
        else if (domain->ramdisk == NULL)
            domain->ramdisk = add_module(lcm, domain, LCM_RAMDISK, i);
        else
            lcm_find(report, LCM_NOTICE, NULL, PATH,
                     "module %u is neither dom0's kernel nor its ramdisk nor a policy: ignored", i);
    }
}

int lcm_classic(const struct lcm_environment *environment, const char *command_line,
                struct lcm *lcm, struct lcm_report *report)
{
    struct lcm_domain *domain = &lcm->domain[0];

    *lcm = (struct lcm){.nr_domains = 1};
    *domain = (struct lcm_domain){.path = PATH,
                                  .name = NAME,
                                  .permissions = LCM_PERMISSION_CONTROL | LCM_PERMISSION_HARDWARE,
                                  .functions = LCM_FUNCTION_LEGACY_DOM0 | LCM_FUNCTION_CRASH |
                                               LCM_FUNCTION_CONSOLE | LCM_FUNCTION_XENSTORE,
                                  .mode = LCM_MODE_LONG,
                                  .cpus = environment->nr_cpus < environment->max_cpus
                                              ? environment->nr_cpus
                                              : environment->max_cpus,
                                  .scheduling = LCM_SHARED,
                                  .weight = LCM_DEFAULT_WEIGHT,
                                  .memory_kib = memory_of(environment, command_line, report),
                                  .has_label_of_dom0 = true,
                                  .required = true,
                                  .initial_domain_hint = true};
    take_modules(environment, lcm, report);
    if (domain->memory_kib <= environment->memory_kib)
        return 0;
    lcm_find(report, LCM_ERROR, NULL, PATH,
             "dom0_mem= asks for %lu KiB, but the machine has %lu KiB for domains",
             (unsigned long)domain->memory_kib, (unsigned long)environment->memory_kib);
    return -EINVAL;
}
