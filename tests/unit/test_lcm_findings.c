/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the LCM's parser and checks say: each tests/unit/lcm/NAME.dts is a case, and says in its
 * comments what is loaded next to it and which findings are expected; no other may be there.
 *
 *     // module: LINE        a boot module with this module line; its content is LINE, too
 *     // address: ADDRESS    of the first boot module, and `// size: SIZE`, bytes
 *     // memory: KIB         what the machine has for all domains
 *     // cpus: N             CPUs of the machine
 *     // max-domains: N      and the same for max-modules and max-line
 *     // expect: SEVERITY: PATH: TEXT      a finding; its text begins with TEXT
 *     // domid: NAME NUMBER  what a domain gets
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lcm/lcm.h"
#include "tests/unit/lcm_blob.h"

#define MAX_CASES 192
#define MAX_LINES 24
#define MAX_LINE 256

struct expectations {
    char module[MAX_LINES][MAX_LINE], finding[MAX_LINES][MAX_LINE], domid[MAX_LINES][MAX_LINE];
    unsigned int nr_modules, nr_findings, nr_domids;
    uint64_t memory_kib, nr_cpus, max_domains, max_modules, max_line;
    uint64_t address, size; /* of the first module; 0: as it comes */
};

static struct lcm lcm;
static struct lcm_report report;

static bool take(const char *line, const char *key, char list[][MAX_LINE], unsigned int *count)
{
    const char *text = strstr(line, key);

    if (!text)
        return false;
    assert_true(*count < MAX_LINES);
    snprintf(list[*count], MAX_LINE, "%s", text + strlen(key));
    list[*count][strcspn(list[*count], "\n")] = '\0';
    (*count)++;
    return true;
}

static void take_number(const char *line, const char *key, uint64_t *number)
{
    if (strncmp(line, key, strlen(key)) == 0)
        *number = strtoull(line + strlen(key), NULL, 10);
}

static void read_expectations(const char *file, struct expectations *expect)
{
    FILE *stream = fopen(file, "r");
    char line[MAX_LINE];

    memset(expect, 0, sizeof(*expect));
    assert_non_null(stream);
    while (fgets(line, sizeof(line), stream)) {
        if (take(line, "// module: ", expect->module, &expect->nr_modules) ||
            take(line, "// expect: ", expect->finding, &expect->nr_findings) ||
            take(line, "// domid: ", expect->domid, &expect->nr_domids))
            continue;
        take_number(line, "// memory: ", &expect->memory_kib);
        take_number(line, "// cpus: ", &expect->nr_cpus);
        take_number(line, "// max-domains: ", &expect->max_domains);
        take_number(line, "// max-modules: ", &expect->max_modules);
        take_number(line, "// max-line: ", &expect->max_line);
        take_number(line, "// address: ", &expect->address);
        take_number(line, "// size: ", &expect->size);
    }
    fclose(stream);
}

static void run_lcm(const struct lcm_blob *blob, const struct expectations *expect)
{
    struct lcm_boot_module boot[MAX_LINES + 1] = {
        {.data = blob->data, .size = blob->size, .line = "lcm.dtb"}};
    const struct lcm_environment environment = {.module = boot,
                                                .nr_modules = expect->nr_modules + 1,
                                                .memory_kib = expect->memory_kib,
                                                .nr_cpus = (unsigned int)expect->nr_cpus,
                                                .max_cpus = 2,
                                                .max_domains = (unsigned int)expect->max_domains,
                                                .max_modules = (unsigned int)expect->max_modules,
                                                .max_line = (unsigned int)expect->max_line,
                                                .domains_only_pvh = true};
    int parsed, checked;

    for (unsigned int i = 0; i < expect->nr_modules; i++)
        boot[i + 1] = (struct lcm_boot_module){.data = expect->module[i],
                                               .size = strlen(expect->module[i]),
                                               .address = 0x100000ul * (i + 1),
                                               .line = expect->module[i]};
    if (expect->address) {
        boot[1].address = expect->address;
        boot[1].size = expect->size;
    }
    memset(&report, 0, sizeof(report));
    parsed = lcm_parse(blob->data, blob->size, &lcm, &report);
    assert_int_equal(parsed != 0, report.nr_errors > 0);
    checked = lcm_check(&lcm, &environment, &report);
    assert_int_equal(checked != 0, report.nr_errors > 0);
}

static void print_findings(void)
{
    for (unsigned int i = 0; i < report.nr_findings; i++)
        print_error("    // expect: %s: %s: %s\n", lcm_severity_name(report.finding[i].severity),
                    report.finding[i].path, report.finding[i].text);
}

static bool find(const char *expected)
{
    for (unsigned int i = 0; i < report.nr_findings; i++) {
        const struct lcm_finding *finding = &report.finding[i];
        char text[sizeof(finding->path) + sizeof(finding->text) + 32];

        snprintf(text, sizeof(text), "%s: %s: %s", lcm_severity_name(finding->severity),
                 finding->path, finding->text);
        if (strncmp(text, expected, strlen(expected)) == 0)
            return true;
    }
    return false;
}

static void compare_findings(const struct expectations *expect)
{
    bool all = report.nr_findings == expect->nr_findings;

    for (unsigned int i = 0; i < expect->nr_findings; i++) {
        if (find(expect->finding[i]))
            continue;
        print_error("missing: %s\n", expect->finding[i]);
        all = false;
    }
    if (!all) {
        print_error("found:\n");
        print_findings();
    }
    assert_true(all);
}

static void compare_domids(const struct expectations *expect)
{
    for (unsigned int i = 0; i < expect->nr_domids; i++) {
        char name[LCM_MAX_NAME];
        unsigned int domid, index = 0;

        assert_int_equal(sscanf(expect->domid[i], "%31s %u", name, &domid), 2);
        while (index < lcm.nr_domains && strcmp(lcm.domain[index].name, name) != 0)
            index++;
        assert_true(index < lcm.nr_domains);
        assert_int_equal(lcm.domain[index].domid, domid);
    }
}

/* A domain fails if, and only if, one of its findings is an error. It has a name in any case. */
static void compare_failed(void)
{
    for (unsigned int i = 0; i < lcm.nr_domains; i++) {
        bool failed = false;

        assert_in_range(strnlen(lcm.domain[i].name, LCM_MAX_NAME), 1, LCM_MAX_NAME - 1);
        for (unsigned int j = 0; j < report.nr_findings; j++)
            failed = failed || (report.finding[j].domain == &lcm.domain[i] &&
                                report.finding[j].severity == LCM_DOMAIN_ERROR);
        assert_int_equal(lcm.domain[i].failed, failed);
    }
}

static void test_case(void **state)
{
    const char *source = *state;
    static struct expectations expect;
    struct lcm_blob blob;
    char name[128];

    snprintf(name, sizeof(name), "%s", strrchr(source, '/') + 1);
    *strrchr(name, '.') = '\0';
    read_expectations(source, &expect);
    lcm_blob_read(&blob, name);
    run_lcm(&blob, &expect);
    compare_findings(&expect);
    compare_domids(&expect);
    compare_failed();
    lcm_blob_free(&blob);
}

int main(void)
{
    static struct CMUnitTest tests[MAX_CASES];
    size_t count = 0;
    glob_t sources;
    int failed;

    if (glob("tests/unit/lcm/*.dts", 0, NULL, &sources) != 0)
        return 1;
    for (; count < sources.gl_pathc && count < MAX_CASES; count++)
        tests[count] = (struct CMUnitTest){
            .name = sources.gl_pathv[count],
            .test_func = test_case,
            .initial_state = sources.gl_pathv[count],
        };
    if (count < sources.gl_pathc)
        return 1;
    failed = _cmocka_run_group_tests("lcm findings", tests, count, NULL, NULL);
    globfree(&sources);
    return failed;
}
