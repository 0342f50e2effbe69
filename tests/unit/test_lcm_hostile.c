/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Damaged LCMs: cut at every length, and with every byte changed. Nothing may be read that isn't
 * theirs (sanitizers, and an unreadable page after the blob), and what comes out must be in range.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lcm/lcm.h"
#include "tests/unit/lcm_blob.h"

#define ENDLESS 60 /* seconds: far more than it takes */

static struct lcm lcm;
static struct lcm_report report;

static void check_strings(void)
{
    for (unsigned int i = 0; i < lcm.nr_domains; i++) {
        const struct lcm_domain *domain = &lcm.domain[i];

        assert_true(strnlen(domain->name, LCM_MAX_NAME) < LCM_MAX_NAME);
        assert_true(strnlen(domain->path, LCM_MAX_PATH) < LCM_MAX_PATH);
        if (domain->security_id)
            assert_true(strlen(domain->security_id) < lcm.blob_size);
    }
    for (unsigned int i = 0; i < lcm.nr_modules; i++) {
        if (lcm.module[i].bootargs)
            assert_true(strlen(lcm.module[i].bootargs) < lcm.blob_size);
        if (lcm.module[i].name)
            assert_true(strlen(lcm.module[i].name) < lcm.blob_size);
    }
}

/* A domain that nothing is said against is one that can be built. */
static void check_good_domains(const struct lcm_environment *environment)
{
    for (unsigned int i = 0; i < lcm.nr_domains; i++) {
        const struct lcm_domain *domain = &lcm.domain[i];

        assert_true(lcm.domain[i].domid <= LCM_BOOT_DOMID || domain->failed);
        if (domain->failed || report.nr_errors)
            continue;
        assert_non_null(domain->kernel);
        assert_in_range(domain->kernel->boot_module, 1, environment->nr_modules - 1);
        assert_in_range(domain->cpus, 1, environment->max_cpus);
        assert_in_range(domain->weight, 1, LCM_MAX_WEIGHT);
        assert_in_range(domain->cap, 0, LCM_CAP_OF_CPU * domain->cpus);
        assert_in_range(domain->memory_kib, 1, environment->memory_kib);
        assert_int_equal(domain->mode, LCM_MODE_LONG);
    }
}

/* Those that can be built have CPUs for themselves, or at least one to share. */
static void check_shares(const struct lcm_environment *environment)
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
    assert_in_range(dedicated + sharing, 0, environment->nr_cpus);
}

static void feed(const uint8_t *data, size_t size)
{
    static const char *const lines[] = {"lcm.dtb", "ucode",       "policy.30", "config",
                                        "vmlinux", "initrd rest", "dtb",       "settings"};
    struct lcm_boot_module boot[sizeof(lines) / sizeof(lines[0])];
    const struct lcm_environment environment = {.module = boot,
                                                .nr_modules = sizeof(boot) / sizeof(boot[0]),
                                                .memory_kib = 65536,
                                                .nr_cpus = 2,
                                                .max_cpus = 2,
                                                .domains_only_pvh = true};
    int result;

    for (unsigned int i = 0; i < environment.nr_modules; i++)
        boot[i] = (struct lcm_boot_module){.data = lines[i],
                                           .size = strlen(lines[i]),
                                           .address = 0x100000ul * i,
                                           .line = lines[i]};
    memset(&report, 0, sizeof(report));
    result = lcm_parse(data, size, &lcm, &report);
    assert_int_equal(result, report.nr_errors ? -EINVAL : 0);
    assert_in_range(lcm.nr_domains, 0, LCM_MAX_DOMAINS);
    assert_in_range(lcm.nr_modules, 0, LCM_MAX_MODULES);
    check_strings();
    result = lcm_check(&lcm, &environment, &report);
    assert_int_equal(result, report.nr_errors ? -EINVAL : 0);
    check_good_domains(&environment);
    check_shares(&environment);
}

static void test_truncated(void **state)
{
    struct lcm_blob whole, part;

    (void)state;
    lcm_blob_read(&whole, "full");
    for (size_t size = 0; size < whole.size; size++) {
        lcm_blob_copy(&part, whole.data, size);
        feed(part.data, size);
        assert_true(report.nr_errors > 0);
        lcm_blob_free(&part);
    }
    lcm_blob_free(&whole);
}

/* The same, but the header says that this is all. */
static void test_truncated_totalsize(void **state)
{
    struct lcm_blob whole, part;

    (void)state;
    lcm_blob_read(&whole, "full");
    for (size_t size = 40; size < whole.size; size++) {
        lcm_blob_copy(&part, whole.data, size);
        part.data[4] = part.data[5] = 0;
        part.data[6] = (uint8_t)(size >> 8);
        part.data[7] = (uint8_t)size;
        feed(part.data, size);
        lcm_blob_free(&part);
    }
    lcm_blob_free(&whole);
}

static void flip(const char *name)
{
    static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
    struct lcm_blob blob;

    lcm_blob_read(&blob, name);
    for (size_t i = 0; i < blob.size; i++) {
        for (size_t j = 0; j < sizeof(masks); j++) {
            blob.data[i] ^= masks[j];
            feed(blob.data, blob.size);
            blob.data[i] ^= masks[j];
        }
    }
    lcm_blob_free(&blob);
}

static void test_flipped(void **state)
{
    (void)state;
    flip("full");
    flip("seed_x86");
    flip("dom0less");
    flip("dom0less_nodes");
    flip("dedicated_required");
}

/*
 * Each word of the structure block as each token, a large length, and all ones. A property of
 * 0xfffffff4 bytes would end where it begins.
 */
static void test_words(void **state)
{
    static const uint32_t words[] = {
        0, 1, 2, 3, 4, 9, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffff4, 0xfffffffc, 0xffffffff};
    struct lcm_blob blob;

    (void)state;
    alarm(ENDLESS);
    lcm_blob_read(&blob, "full");
    for (size_t i = 0; i + 4 <= blob.size; i += 4) {
        uint8_t saved[4];

        memcpy(saved, blob.data + i, sizeof(saved));
        for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++) {
            for (size_t k = 0; k < sizeof(saved); k++)
                blob.data[i + k] = (uint8_t)(words[j] >> (24 - 8 * k));
            feed(blob.data, blob.size);
        }
        memcpy(blob.data + i, saved, sizeof(saved));
    }
    alarm(0);
    lcm_blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_truncated_totalsize),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests_name("lcm hostile", tests, NULL, NULL);
}
