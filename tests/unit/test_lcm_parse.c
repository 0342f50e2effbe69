/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parser makes of a good LCM, and the small parts: names, digests, the report.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "lcm/lcm.h"
#include "tests/unit/lcm_blob.h"

static struct lcm lcm;
static struct lcm_report report;

static int parse(struct lcm_blob *blob, const char *name)
{
    lcm_blob_read(blob, name);
    memset(&report, 0, sizeof(report));
    return lcm_parse(blob->data, blob->size, &lcm, &report);
}

static void test_full_domain(void **state)
{
    static const uint8_t uuid[LCM_UUID_SIZE] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                                0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    const struct lcm_domain *domain = &lcm.domain[0];
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "full"), 0);
    assert_int_equal(report.nr_findings, 0);
    assert_ptr_equal(lcm.blob, blob.data);
    assert_int_equal(lcm.blob_size, blob.size);
    assert_int_equal(lcm.nr_domains, 1);
    assert_string_equal(domain->path, "/chosen/hypervisor/guest");
    assert_string_equal(domain->name, "guest");
    assert_int_equal(domain->domid, 7);
    assert_int_equal(domain->permissions, LCM_PERMISSION_CONTROL);
    assert_int_equal(domain->functions, LCM_FUNCTION_XENSTORE | LCM_FUNCTION_CONSOLE);
    assert_int_equal(domain->mode, LCM_MODE_LONG);
    assert_int_equal(domain->cpus, 2);
    assert_int_equal(domain->scheduling, LCM_SHARED);
    assert_int_equal(domain->weight, 512);
    assert_int_equal(domain->cap, 150);
    assert_int_equal(domain->memory_kib, 0x4000);
    assert_memory_equal(domain->uuid, uuid, sizeof(uuid));
    assert_string_equal(domain->security_id, "system_u:system_r:guest_t");
    assert_false(domain->required);
    assert_true(domain->initial_domain_hint);
    assert_false(domain->failed);
    lcm_blob_free(&blob);
}

static void test_full_modules(void **state)
{
    const struct lcm_domain *domain = &lcm.domain[0];
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "full"), 0);
    assert_int_equal(lcm.nr_modules, 7);
    assert_int_equal(lcm.microcode->locator, LCM_BY_NAME);
    assert_string_equal(lcm.microcode->name, "ucode");
    assert_null(lcm.microcode->domain);
    assert_int_equal(lcm.policy->locator, LCM_BY_INDEX);
    assert_int_equal(lcm.policy->index, 2);
    assert_true(lcm.policy->has_digest);
    assert_string_equal(lcm.policy->security_id, "policy_t");
    assert_int_equal(lcm.config->locator, LCM_BY_ADDRESS);
    assert_int_equal(lcm.config->address, 0x300000);
    assert_int_equal(lcm.config->size, 6);
    assert_string_equal(domain->kernel->path, "/chosen/hypervisor/guest/kernel");
    assert_int_equal(domain->kernel->type, LCM_KERNEL);
    assert_ptr_equal(domain->kernel->domain, domain);
    assert_string_equal(domain->kernel->bootargs, "console=hvc0");
    assert_string_equal(domain->kernel->security_id, "kernel_t");
    assert_int_equal(domain->ramdisk->index, 5);
    assert_null(domain->ramdisk->security_id);
    assert_int_equal(domain->device_tree->address, 0x600000);
    assert_int_equal(domain->device_tree->size, 3);
    assert_string_equal(domain->config->name, "settings");
    lcm_blob_free(&blob);
}

static void test_defaults(void **state)
{
    static const uint8_t no_uuid[LCM_UUID_SIZE];
    const struct lcm_domain *domain = &lcm.domain[0];
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "mode_missing"), 0);
    assert_int_equal(domain->domid, 0);
    assert_int_equal(domain->permissions, 0);
    assert_int_equal(domain->functions, 0);
    assert_int_equal(domain->mode, LCM_MODE_LONG);
    assert_int_equal(domain->cpus, 1);
    assert_int_equal(domain->scheduling, LCM_SHARED);
    assert_int_equal(domain->weight, LCM_DEFAULT_WEIGHT);
    assert_int_equal(domain->cap, 0);
    assert_memory_equal(domain->uuid, no_uuid, sizeof(no_uuid));
    assert_null(domain->security_id);
    assert_true(domain->required);
    assert_false(domain->initial_domain_hint);
    assert_null(domain->kernel->bootargs);
    assert_null(domain->ramdisk);
    assert_null(lcm.policy);
    lcm_blob_free(&blob);
}

/* What a dedicated domain doesn't use has its default, whatever the node says. */
static void test_dedicated(void **state)
{
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "scheduling_unused"), 0);
    assert_int_equal(lcm.domain[0].scheduling, LCM_DEDICATED);
    assert_int_equal(lcm.domain[0].weight, LCM_DEFAULT_WEIGHT);
    assert_int_equal(lcm.domain[0].cap, 0);
    lcm_blob_free(&blob);
}

/* Out of range: the domain fails, and the value isn't kept. */
static void test_shared_ranges(void **state)
{
    static const uint32_t weights[] = {1, LCM_DEFAULT_WEIGHT, LCM_MAX_WEIGHT, LCM_DEFAULT_WEIGHT};
    static const uint32_t caps[] = {100, 0, 200, 0, 0, 1};
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "weight_range"), 0);
    for (unsigned int i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
        assert_int_equal(lcm.domain[i].weight, weights[i]);
    lcm_blob_free(&blob);
    assert_int_equal(parse(&blob, "cap_range"), 0);
    for (unsigned int i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
        assert_int_equal(lcm.domain[i].cap, caps[i]);
    lcm_blob_free(&blob);
}

static void test_legacy_dom0_has_hint(void **state)
{
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "domid_next"), 0);
    assert_string_equal(lcm.domain[3].name, "d");
    assert_true(lcm.domain[3].initial_domain_hint);
    assert_false(lcm.domain[4].initial_domain_hint);
    lcm_blob_free(&blob);
}

static void test_dom0less_capabilities(void **state)
{
    const struct lcm_domain *domain = &lcm.domain[0];
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "dom0less"), 0);
    assert_int_equal(domain->permissions, LCM_PERMISSION_CONTROL);
    assert_int_equal(domain->functions, LCM_FUNCTION_XENSTORE);
    assert_string_equal(domain->kernel->bootargs, "console=hvc0");
    assert_int_equal(domain->kernel->address, 0x200000);
    assert_int_equal(lcm.policy->type, LCM_XSM_POLICY);
    assert_int_equal(lcm.policy->locator, LCM_BY_ADDRESS);
    lcm_blob_free(&blob);
    assert_int_equal(parse(&blob, "dom0less_hardware"), 0);
    assert_int_equal(domain->permissions, LCM_PERMISSION_HARDWARE);
    assert_int_equal(domain->functions, 0);
    lcm_blob_free(&blob);
}

static void test_dom0less_label_and_microcode(void **state)
{
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "dom0less_label"), 0);
    assert_true(lcm.dom0less);
    assert_string_equal(lcm.domain[0].security_id, "system_u:system_r:guest_t");
    assert_non_null(lcm.microcode);
    assert_null(lcm.microcode->domain);
    assert_string_equal(lcm.microcode->name, "ucode");
    assert_int_equal(lcm.policy->index, 3);
    lcm_blob_free(&blob);
}

/* A label is kept in either binding. */
static void test_two_labels(void **state)
{
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "seclabel_twice"), 0);
    assert_string_equal(lcm.domain[0].security_id, "guest_t");
    assert_true(lcm.domain[0].failed);
    lcm_blob_free(&blob);
}

static void expect_at(const struct lcm_module *module, uint64_t address, uint64_t size)
{
    assert_int_equal(module->locator, LCM_BY_ADDRESS);
    assert_int_equal(module->address, address);
    assert_int_equal(module->size, size);
}

static void test_cells_of_reg(void **state)
{
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "dom0less_reg"), 0);
    assert_int_equal(lcm.nr_domains, 5);
    for (unsigned int i = 0; i < lcm.nr_domains; i++)
        expect_at(lcm.domain[i].kernel, 0x100000, 7);
    expect_at(lcm.domain[0].ramdisk, 0x200000, 6);
    expect_at(lcm.policy, 0x300000, 9);
    lcm_blob_free(&blob);
    assert_int_equal(parse(&blob, "dom0less_reg_wrong"), 0);
    for (unsigned int i = 0; i < lcm.nr_domains; i++)
        assert_int_equal(lcm.domain[i].kernel->locator, LCM_NOWHERE);
    lcm_blob_free(&blob);
}

/* Where the property isn't known it gives nothing. */
static void test_native_capabilities(void **state)
{
    struct lcm_blob blob;

    (void)state;
    assert_int_equal(parse(&blob, "capabilities"), 0);
    assert_int_equal(lcm.domain[0].permissions, 0);
    assert_int_equal(lcm.domain[0].functions, 0);
    lcm_blob_free(&blob);
}

/* dtc can't write two nodes with one name; an attacker can. */
static void test_same_names(void **state)
{
    struct lcm_blob blob;
    unsigned int renamed = 0;

    (void)state;
    lcm_blob_read(&blob, "domid_twice");
    for (size_t i = 0; i + 8 <= blob.size; i += 4) {
        if (memcmp(blob.data + i, "\0\0\0\1b\0\0\0", 8) == 0) {
            blob.data[i + 4] = 'a';
            renamed++;
        }
    }
    assert_int_equal(renamed, 1);
    memset(&report, 0, sizeof(report));
    assert_int_equal(lcm_parse(blob.data, blob.size, &lcm, &report), -EINVAL);
    assert_int_equal(report.nr_findings, 1);
    assert_int_equal(report.finding[0].severity, LCM_ERROR);
    assert_string_equal(report.finding[0].text,
                        "has the same name as /chosen/hypervisor/a: rename one of them");
    lcm_blob_free(&blob);
}

static void test_unprintable_name(void **state)
{
    static const uint8_t characters[] = {0x1b, ' ', 0x7f, 0xe9, '/'};
    static const char *const paths[] = {"?", " ", "?", "?", "/"};
    char path[LCM_MAX_PATH];
    struct lcm_blob blob;
    uint8_t *name = NULL;

    (void)state;
    lcm_blob_read(&blob, "memory_sum");
    for (size_t i = 0; i + 8 <= blob.size; i += 4) {
        if (memcmp(blob.data + i, "\0\0\0\1b\0\0\0", 8) == 0)
            name = blob.data + i + 4;
    }
    assert_non_null(name);
    for (size_t i = 0; name && i < sizeof(characters); i++) {
        name[0] = characters[i];
        memset(&report, 0, sizeof(report));
        assert_int_equal(lcm_parse(blob.data, blob.size, &lcm, &report), 0);
        assert_int_equal(report.nr_findings, 1);
        assert_int_equal(report.finding[0].severity, LCM_DOMAIN_ERROR);
        snprintf(path, sizeof(path), "/chosen/hypervisor/%s", paths[i]);
        assert_string_equal(report.finding[0].path, path);
        assert_string_equal(report.finding[0].text,
                            characters[i] == '/' ? "the name has a slash in it, which divides paths"
                                                 : "the name has characters that can't be shown");
    }
    lcm_blob_free(&blob);
}

static void expect_one_error(const void *data, size_t size, const char *text)
{
    memset(&report, 0, sizeof(report));
    assert_int_equal(lcm_parse(data, size, &lcm, &report), -EINVAL);
    assert_int_equal(report.nr_findings, 1);
    assert_int_equal(report.nr_errors, 1);
    assert_string_equal(report.finding[0].path, "");
    assert_non_null(strstr(report.finding[0].text, text));
}

static void test_not_a_blob(void **state)
{
    _Alignas(8) static const uint8_t zeros[64];
    struct lcm_blob blob;

    (void)state;
    assert_false(lcm_is_lcm(zeros, sizeof(zeros)));
    assert_false(lcm_is_lcm(zeros, 0));
    expect_one_error(zeros, sizeof(zeros), "is not a device tree blob (64 bytes)");
    lcm_blob_read(&blob, "full");
    assert_true(lcm_is_lcm(blob.data, blob.size));
    assert_false(lcm_is_lcm(blob.data, 39));
    expect_one_error(blob.data, blob.size - 1, "is cut short");
    memmove(blob.data - 4, blob.data, blob.size);
    expect_one_error(blob.data - 4, blob.size, "is not 8-byte aligned");
    lcm_blob_free(&blob);
}

static void test_damaged_blob(void **state)
{
    struct lcm_blob blob;

    (void)state;
    lcm_blob_read(&blob, "full");
    blob.data[11] = 0xff; /* off_dt_struct */
    expect_one_error(blob.data, blob.size, "is a damaged device tree blob (libfdt error -");
    lcm_blob_free(&blob);
    lcm_blob_read(&blob, "full");
    blob.data[23] = 15; /* version */
    blob.data[27] = 2;  /* last_comp_version */
    expect_one_error(blob.data, blob.size, "is a damaged device tree blob (libfdt error -");
    lcm_blob_free(&blob);
}

static void test_module_line(void **state)
{
    (void)state;
    assert_int_equal(lcm_module_name("vmlinux console=hvc0"), 7);
    assert_int_equal(lcm_module_name("vmlinux"), 7);
    assert_int_equal(lcm_module_name(""), 0);
    assert_string_equal(lcm_module_arguments("vmlinux  \tconsole=hvc0 quiet"),
                        "console=hvc0 quiet");
    assert_string_equal(lcm_module_arguments("vmlinux"), "");
    assert_string_equal(lcm_module_arguments("vmlinux "), "");
    assert_string_equal(lcm_module_arguments(""), "");
}

static void assert_digest(const char *text, size_t size, const char *expected)
{
    uint8_t digest[LCM_DIGEST_SIZE];
    char hex[2 * LCM_DIGEST_SIZE + 1];

    lcm_sha256(text, size, digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(hex, expected);
}

/* The examples of FIPS 180-4's companion document, and lengths around the edges of a block. */
static void test_sha256(void **state)
{
    static char as[1000000];

    (void)state;
    memset(as, 'a', sizeof(as));
    assert_digest("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_digest(as, sizeof(as),
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_digest(as, 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    assert_digest(as, 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    assert_digest(as, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
    assert_digest(as, 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb");
    assert_digest(as, 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c");
}

static void test_report_prefers_errors(void **state)
{
    struct lcm_domain domain = {0};

    (void)state;
    memset(&report, 0, sizeof(report));
    for (unsigned int i = 0; i < LCM_MAX_FINDINGS + 3; i++)
        lcm_find(&report, LCM_NOTICE, NULL, "/a", "notice %u", i);
    assert_int_equal(report.nr_findings, LCM_MAX_FINDINGS);
    assert_int_equal(report.nr_dropped, 3);
    lcm_find(&report, LCM_ERROR, NULL, "/b", "error");
    assert_int_equal(report.nr_errors, 1);
    assert_int_equal(report.nr_dropped, 4);
    assert_string_equal(report.finding[LCM_MAX_FINDINGS - 1].text, "error");
    lcm_find(&report, LCM_DOMAIN_ERROR, &domain, "/c", "domain error");
    assert_string_equal(report.finding[LCM_MAX_FINDINGS - 2].text, "domain error");
    assert_true(domain.failed);
}

static void test_report_is_printable(void **state)
{
    (void)state;
    memset(&report, 0, sizeof(report));
    lcm_find(&report, LCM_NOTICE, NULL, "/\x1b[2J", "a\nb\x7f\xc3%s", "\t");
    assert_string_equal(report.finding[0].path, "/?[2J");
    assert_string_equal(report.finding[0].text, "a?b???");
}

static bool hidden_domain[LCM_MAX_DOMAINS], hidden_module[LCM_MAX_MODULES];

static bool copy_has(const struct lcm_blob *copy, const char *text)
{
    size_t length = strlen(text);

    for (size_t at = 0; at + length <= copy->size; at++)
        if (memcmp(copy->data + at, text, length) == 0)
            return true;
    return false;
}

/* What is hidden is nowhere in the copy, whatever else led to it; the rest is, and can be read. */
static void test_redacted(void **state)
{
    struct lcm_blob blob, copy;

    (void)state;
    assert_int_equal(parse(&blob, "redacted"), 0);
    lcm_blob_copy(&copy, blob.data, blob.size);
    assert_int_equal(lcm_redact(copy.data, &lcm, hidden_domain, hidden_module), 0);
    assert_memory_equal(copy.data, blob.data, blob.size);
    hidden_domain[0] = hidden_module[0] = hidden_module[1] = true;
    assert_int_equal(lcm_redact(copy.data, &lcm, hidden_domain, hidden_module), 0);
    assert_false(copy_has(&copy, "hidden"));
    assert_false(copy_has(&copy, "secret_t"));
    assert_false(copy_has(&copy, "password"));
    assert_true(copy_has(&copy, "shown"));
    assert_int_equal(fdt_check_full(copy.data, copy.size), 0);
    assert_true(fdt_path_offset(copy.data, "/chosen/hypervisor/shown") > 0);
    /* Where it was, it isn't any more. */
    assert_int_equal(lcm_redact(copy.data, &lcm, hidden_domain, hidden_module), -EINVAL);
    hidden_domain[0] = hidden_module[0] = hidden_module[1] = false;
    lcm_blob_free(&copy);
    lcm_blob_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_domain),
        cmocka_unit_test(test_full_modules),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_dedicated),
        cmocka_unit_test(test_shared_ranges),
        cmocka_unit_test(test_legacy_dom0_has_hint),
        cmocka_unit_test(test_dom0less_capabilities),
        cmocka_unit_test(test_dom0less_label_and_microcode),
        cmocka_unit_test(test_two_labels),
        cmocka_unit_test(test_cells_of_reg),
        cmocka_unit_test(test_native_capabilities),
        cmocka_unit_test(test_same_names),
        cmocka_unit_test(test_unprintable_name),
        cmocka_unit_test(test_not_a_blob),
        cmocka_unit_test(test_damaged_blob),
        cmocka_unit_test(test_module_line),
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_report_prefers_errors),
        cmocka_unit_test(test_report_is_printable),
        cmocka_unit_test(test_redacted),
    };

    return cmocka_run_group_tests_name("lcm parse", tests, NULL, NULL);
}
