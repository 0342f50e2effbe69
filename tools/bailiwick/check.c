/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hypervisor would say to a system, and what only a builder can check.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/kernel.h"
#include "tools/bailiwick/system.h"

#define NR_FILES_LIMIT (LCM_MAX_MODULES + 1)

static void check_lcm(struct system *system)
{
    struct lcm_boot_module boot[NR_FILES_LIMIT];
    struct lcm_environment environment = {
        .module = boot,
        .nr_modules = system->nr_files + 1,
        .nr_cpus = system->options->nr_cpus,
        .max_cpus = LCM_MAX_CPUS,
        .max_domains = CONFIG_MAX_DOMAINS,
        .max_modules = LCM_MAX_BOOT_MODULES,
        .max_line = LCM_MAX_LINE,
        .domains_only_pvh = true,
    };

    boot[0] = (struct lcm_boot_module){
        .data = system->tree.data, .size = system->tree.size, .line = "lcm.dtb"};
    for (unsigned int i = 0; i < system->nr_files; i++)
        boot[i + 1] = (struct lcm_boot_module){.data = system->module[i].content.data,
                                               .size = system->module[i].content.size,
                                               .line = system->module[i].name};
    environment.memory_kib = lcm_memory_for_domains(
        lcm_memory_after_loading(system->options->machine_kib, boot, environment.nr_modules));
    system->memory_kib = environment.memory_kib;
    lcm_parse(system->tree.data, system->tree.size, &system->lcm, &system->report);
    lcm_check(&system->lcm, &environment, &system->report);
}

/* The file of a module that was found and read, or NULL. */
static const struct module_file *file_of(const struct system *system,
                                         const struct lcm_module *module)
{
    const struct module_file *file;

    if (!module || module->boot_module < 1)
        return NULL;
    file = &system->module[module->boot_module - 1];
    return file->unreadable ? NULL : file;
}

static void check_kernels(struct system *system)
{
    for (unsigned int i = 0; i < system->lcm.nr_domains; i++) {
        struct lcm_domain *domain = &system->lcm.domain[i];
        const struct module_file *file = file_of(system, domain->kernel);
        const char *problem;

        if (!file)
            continue;
        problem = kernel_check_pvh(file->content.data, file->content.size);
        if (problem)
            lcm_find(&system->report, LCM_DOMAIN_ERROR, domain, domain->kernel->path, "%s %s",
                     file->path, problem);
    }
}

static void note_policy(struct system *system, const char *path)
{
    char text[240];

    for (unsigned int i = 0; xsm_policy_note(&system->engine, i, text, sizeof(text)) == 0; i++)
        lcm_find(&system->report, LCM_NOTICE, NULL, path, "policy: %s", text);
}

static void load_policy(struct system *system, const struct bytes *image, const char *path)
{
    struct xsm_error error = {0};

    if (policy_memory_load(&system->engine, image, &system->memory, &error) == 0)
        note_policy(system, path);
    else
        lcm_find(&system->report, LCM_ERROR, NULL, path, "policy: %s", error.text);
}

/* A policy of the command line is read from its file even if the LCM has no place for it. */
static void read_policy(struct system *system)
{
    const char *path = system->options->policy;
    const struct lcm_module *module = system->lcm.policy;
    const struct module_file *file = file_of(system, module);
    struct bytes image;
    int error;

    if (!path && file)
        load_policy(system, &file->content, module->path);
    if (!path)
        return;
    error = files_read(path, &image);
    if (error) {
        /* If the LCM has a place for it, it was reported there. */
        if (!module)
            lcm_find(&system->report, LCM_ERROR, NULL, "", "%s: %s", path, strerror(-error));
        return;
    }
    load_policy(system, &image, module ? module->path : "");
    bytes_free(&image);
}

static void check_policy(struct system *system)
{
    struct roles_records records;

    xsm_init_roles_engine(&system->engine);
    read_policy(system);
    if (!system->engine.flask && roles_need_policy(&system->lcm)) {
        /* Where there is a module, it is reported already why it isn't loaded. */
        if (!system->lcm.policy)
            lcm_find(&system->report, LCM_ERROR, NULL, "",
                     "names labels but no policy: add an xsm-policy module to the config node");
        return;
    }
    if (system->engine.flask) {
        roles_check_labels(&system->engine, &system->lcm, &system->report);
        roles_check_seal(&system->engine, &system->lcm, &system->report);
    }
    for (unsigned int i = 0; i < system->lcm.nr_domains; i++)
        roles_assign(&system->engine, &system->lcm.domain[i], &system->assignment[i], &records,
                     &system->report);
}

void system_check(struct system *system)
{
    check_lcm(system);
    check_kernels(system);
    check_policy(system);
}

bool system_has_errors(const struct system *system)
{
    for (unsigned int i = 0; i < system->report.nr_findings; i++) {
        if (system->report.finding[i].severity != LCM_NOTICE)
            return true;
    }
    return system->report.nr_errors > 0;
}
