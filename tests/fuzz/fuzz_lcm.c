/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An LCM from a stranger: parsed, then checked against boot modules that never change. What comes
 * out must be in range, and a domain that nothing is said against must be one that can be built.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lcm/lcm.h"
#include "tests/fuzz/fuzz.h"

#define ROOM 65536ul
#define PAGE 4096ul
#define MEMORY_KIB 65536u
#define MAX_CPUS 2u
#define NR_CPUS 3u
#define MAGIC "\xd0\x0d\xfe\xed"
#define HEADER_SIZE 8u /* magic and total size */

static struct lcm lcm;
static struct lcm_report report;

/* The blob ends where readable memory does: libfdt has no sanitizer in it. */
static uint8_t *place(const uint8_t *data, size_t size)
{
    static uint8_t *room;
    uint8_t *blob;

    if (!room) {
        room = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        must((void *)room != MAP_FAILED && mprotect(room + ROOM, PAGE, PROT_NONE) == 0);
    }
    blob = room + (ROOM - size) / 8 * 8;
    memcpy(blob, data, size);
    return blob;
}

static void check_domain(const struct lcm_domain *domain, unsigned int nr_modules)
{
    must(strnlen(domain->name, LCM_MAX_NAME) < LCM_MAX_NAME);
    must(strnlen(domain->path, LCM_MAX_PATH) < LCM_MAX_PATH);
    must(!domain->security_id || strlen(domain->security_id) < lcm.blob_size);
    must(domain->domid <= LCM_BOOT_DOMID || domain->failed);
    if (domain->failed || report.nr_errors)
        return;
    must(domain->kernel && domain->kernel->boot_module > 0);
    must((unsigned int)domain->kernel->boot_module < nr_modules);
    must(domain->cpus > 0 && domain->cpus <= MAX_CPUS && domain->mode == LCM_MODE_LONG);
    must(domain->weight > 0 && domain->weight <= LCM_MAX_WEIGHT);
    must(domain->cap <= LCM_CAP_OF_CPU * domain->cpus);
    must(domain->memory_kib > 0 && domain->memory_kib <= MEMORY_KIB);
}

/* Those that can be built have CPUs for themselves, or at least one to share. */
static void check_shares(void)
{
    unsigned int dedicated = 0, sharing = 0;

    for (unsigned int i = 0; i < lcm.nr_domains && !report.nr_errors; i++) {
        if (lcm.domain[i].failed)
            continue;
        if (lcm.domain[i].scheduling == LCM_DEDICATED)
            dedicated += lcm.domain[i].cpus;
        else
            sharing = 1;
    }
    must(dedicated + sharing <= NR_CPUS);
}

static void check_module(const struct lcm_module *module, unsigned int nr_modules)
{
    must(strnlen(module->path, LCM_MAX_PATH) < LCM_MAX_PATH);
    must(!module->name || strlen(module->name) < lcm.blob_size);
    must(!module->bootargs || strlen(module->bootargs) < lcm.blob_size);
    must(!module->security_id || strlen(module->security_id) < lcm.blob_size);
    must(module->boot_module < (int)nr_modules);
}

static void check_findings(void)
{
    must(report.nr_findings <= LCM_MAX_FINDINGS);
    for (unsigned int i = 0; i < report.nr_findings; i++) {
        const struct lcm_finding *finding = &report.finding[i];

        must(strnlen(finding->text, sizeof(finding->text)) < sizeof(finding->text));
        for (const char *c = finding->text; *c; c++)
            must(*c >= ' ' && *c <= '~');
        must(finding->severity != LCM_DOMAIN_ERROR || finding->domain);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const lines[] = {"lcm.dtb", "ucode",       "policy.30", "config",
                                        "vmlinux", "initrd rest", "dtb",       "settings"};
    struct lcm_boot_module boot[sizeof(lines) / sizeof(lines[0])];
    const unsigned int nr_modules = sizeof(boot) / sizeof(boot[0]);
    const struct lcm_environment environment = {.module = boot,
                                                .nr_modules = nr_modules,
                                                .memory_kib = MEMORY_KIB,
                                                .nr_cpus = NR_CPUS,
                                                .max_cpus = MAX_CPUS,
                                                .domains_only_pvh = true};

    if (size > ROOM)
        return 0;
    for (unsigned int i = 0; i < nr_modules; i++)
        boot[i] = (struct lcm_boot_module){.data = lines[i],
                                           .size = strlen(lines[i]),
                                           .address = 0x100000ul * i,
                                           .line = lines[i]};
    memset(&report, 0, sizeof(report));
    must((lcm_parse(place(data, size), size, &lcm, &report) == 0) == (report.nr_errors == 0));
    must((lcm_check(&lcm, &environment, &report) == 0) == (report.nr_errors == 0));
    must(lcm.nr_domains <= LCM_MAX_DOMAINS && lcm.nr_modules <= LCM_MAX_MODULES);
    for (unsigned int i = 0; i < lcm.nr_domains; i++)
        check_domain(&lcm.domain[i], nr_modules);
    check_shares();
    for (unsigned int i = 0; i < lcm.nr_modules; i++)
        check_module(&lcm.module[i], nr_modules);
    check_findings();
    return 0;
}

/* Mostly with a header that fits, or hardly any input would get past it. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    size = LLVMFuzzerMutate(data, size, max_size);
    if (size < HEADER_SIZE || seed % 16 == 0)
        return size;
    memcpy(data, MAGIC, 4);
    for (unsigned int i = 0; i < 4; i++)
        data[4 + i] = (uint8_t)(size >> (24 - 8 * i));
    return size;
}
