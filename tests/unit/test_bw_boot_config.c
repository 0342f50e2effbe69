/* SPDX-License-Identifier: BSD-2-Clause */
/* bw-boot: reading a configuration, and planning it. No hypervisor is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xen/xen.h>
#include <xen/hvm/params.h>

#include "tools/guests/bw-boot/call.h"
#include "tools/guests/bw-boot/plan.h"

static struct boot_config config;
static struct boot_report report;
static struct boot_scene scene;
static struct boot_plan plan;

/* A copy of exactly its bytes, so that the sanitizer sees what is read behind them. */
static char *text;

struct boot_place *boot_place(void)
{
    fail_msg("the hypervisor is asked");
    return NULL;
}

int boot_call(unsigned int operation, void *structure)
{
    (void)structure;
    fail_msg("the hypervisor is asked for %u", operation);
    return -1;
}

static void read_bytes(const char *bytes, size_t size)
{
    free(text);
    text = malloc(size == 0 ? 1 : size);
    assert_non_null(text);
    memcpy(text, bytes, size);
    memset(&report, 0, sizeof(report));
    boot_read_config(text, size, &config, &report);
}

static void read_text(const char *string)
{
    read_bytes(string, strlen(string));
}

static void add_domain(const char *name, uint16_t domid, uint32_t roles)
{
    struct boot_domain *d = &scene.domain[scene.nr_domains++];

    (void)snprintf(d->name, sizeof(d->name), "%s", name);
    d->domid = domid;
    d->roles = roles;
    d->starts = roles != BW_ROLE_crash;
    d->state = roles == BW_ROLE_boot ? BW_STATE_running : BW_STATE_staged;
    d->config = BOOT_NO_MODULE;
}

static int start(void **state)
{
    (void)state;
    memset(&scene, 0, sizeof(scene));
    add_domain("boot", 0x7ff5, BW_ROLE_boot);
    add_domain("a", 1, 0);
    add_domain("b", 2, 0);
    add_domain("c", 3, 0);
    add_domain("rescue", 4, BW_ROLE_crash);
    scene.nr_modules = 2;
    (void)snprintf(scene.module[1].line, BOOT_LINE, "data.bin more words");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    free(text);
    text = NULL;
    return 0;
}

static void plan_text(const char *string)
{
    read_text(string);
    assert_int_equal(report.nr, 0);
    boot_make_plan(&config, &scene, &plan, &report);
}

/* All that was wrong, a line each. */
static void check_faults(const char *wanted)
{
    static char all[BOOT_MAX_FAULTS * 256];
    size_t used = 0;

    all[0] = '\0';
    for (unsigned int i = 0; i < report.nr && i < BOOT_MAX_FAULTS; i++)
        used += (size_t)snprintf(all + used, sizeof(all) - used, "%s\n", report.text[i]);
    assert_string_equal(all, wanted);
}

static void what_statements_say_is_kept(void **state)
{
    const struct boot_statement *s = config.statement;

    (void)state;
    read_text("# how it begins\n"
              "\n"
              "write a 0x8000 hex 00112233 44# and no more\n"
              "write b 32768 module data.bin\r\n"
              "\tparam a store-evtchn 1\n"
              "register a rsi 0xffffffffffffffff vcpu 3\n"
              "ready a param store-pfn\n"
              "ready b at 0x9000\n"
              "start a after b after c ready after rescue ready within 500ms\n"
              "finalise after a ready within 10s");
    check_faults("");
    assert_int_equal(config.nr, 8);
    assert_int_equal(s[0].kind, BOOT_WRITE_HEX);
    assert_int_equal(s[0].line, 3);
    assert_string_equal(s[0].name, "a");
    assert_int_equal(s[0].address, 0x8000);
    assert_int_equal(s[0].digits.size, strlen("00112233 44"));
    assert_memory_equal(s[0].digits.at, "00112233 44", s[0].digits.size);
    assert_int_equal(s[1].kind, BOOT_WRITE_MODULE);
    assert_int_equal(s[1].address, 32768);
    assert_string_equal(s[1].module, "data.bin");
    assert_int_equal(s[2].kind, BOOT_PARAM);
    assert_int_equal(s[2].param, HVM_PARAM_STORE_EVTCHN);
    assert_int_equal(s[2].value, 1);
    assert_int_equal(s[3].kind, BOOT_REGISTER);
    assert_int_equal(s[3].reg, offsetof(struct bw_vcpu_state, rsi));
    assert_true(s[3].value == UINT64_MAX);
    assert_int_equal(s[3].vcpu, 3);
    assert_int_equal(s[4].kind, BOOT_READY_PARAM);
    assert_int_equal(s[4].param, HVM_PARAM_STORE_PFN);
    assert_int_equal(s[5].kind, BOOT_READY_AT);
    assert_int_equal(s[5].address, 0x9000);
    assert_int_equal(s[6].kind, BOOT_START);
    assert_int_equal(s[6].nr_after, 3);
    assert_string_equal(s[6].after[0].name, "b");
    assert_false(s[6].after[0].ready);
    assert_true(s[6].after[1].ready);
    assert_int_equal(s[6].after[1].within_ms, BOOT_WITHIN_MS);
    assert_int_equal(s[6].after[2].within_ms, 500);
    assert_int_equal(s[7].kind, BOOT_FINALISE);
    assert_int_equal(s[7].line, 10);
    assert_int_equal(s[7].after[0].within_ms, 10000);
}

static void bad_lines_are_reported(void **state)
{
    static const struct {
        const char *text, *fault;
    } bad[] = {
        {"begin a", "line 1: no statement: begin\n"},
        {"start", "line 1: no domain's name\n"},
        {"start a b", "line 1: more than was expected: b\n"},
        {"start a after", "line 1: no domain's name\n"},
        {"start a after b ready within", "line 1: no time such as 10s or 500ms, at most 3600s\n"},
        {"start a after b ready within s",
         "line 1: no time such as 10s or 500ms, at most 3600s: s\n"},
        {"start a after b ready within ms",
         "line 1: no time such as 10s or 500ms, at most 3600s: ms\n"},
        {"start a after b ready within 0s",
         "line 1: no time such as 10s or 500ms, at most 3600s: 0s\n"},
        {"start a after b ready within 5",
         "line 1: no time such as 10s or 500ms, at most 3600s: 5\n"},
        {"start a after b ready within 3601s",
         "line 1: no time such as 10s or 500ms, at most 3600s: 3601s\n"},
        {"start a after b ready within 18446744073709551615s",
         "line 1: no time such as 10s or 500ms, at most 3600s: 18446744073709551615s\n"},
        {"start a after b within 5s", "line 1: more than was expected: within\n"},
        {"start a after b after b after b after b after b after b after b after b after b",
         "line 1: it waits for too many\n"},
        {"start a-name-that-is-longer-than-any-domain-may-have",
         "line 1: no domain's name: a-name-that-is-longer-than-any-domain-ma\n"},
        {"write a", "line 1: no address\n"},
        {"write a 0x", "line 1: no address: 0x\n"},
        {"write a -1", "line 1: no address: -1\n"},
        {"write a 0x10000000000000000", "line 1: no address: 0x10000000000000000\n"},
        {"write a 18446744073709551616", "line 1: no address: 18446744073709551616\n"},
        {"write a 1 text", "line 1: neither hex nor module: text\n"},
        {"write a 1 hex", "line 1: bytes have two digits each\n"},
        {"write a 1 hex 00 123", "line 1: bytes have two digits each: 123\n"},
        {"write a 1 hex 0g", "line 1: no hexadecimal digits: 0g\n"},
        {"write a 1 module", "line 1: no module's name\n"},
        {"write a 1 module b c", "line 1: more than was expected: c\n"},
        {"param a store", "line 1: none of store-pfn, store-evtchn, console-evtchn, callback-irq: "
                          "store\n"},
        {"param a store-pfn", "line 1: no value\n"},
        {"register a cr3 1", "line 1: no register that can be set: cr3\n"},
        {"register a rsi", "line 1: no value\n"},
        {"register a rsi 1 vcpu 32", "line 1: there is no such vCPU\n"},
        {"register a rsi 1 vcpu x", "line 1: no vCPU's number: x\n"},
        {"ready a", "line 1: neither param nor at\n"},
        {"ready a at", "line 1: no address\n"},
        {"ready a param x",
         "line 1: none of store-pfn, store-evtchn, console-evtchn, callback-irq: "
         "x\n"},
        {"start a\nstart a", "line 2: line 1 says that already\n"},
        {"ready a at 1\nready a param store-pfn", "line 2: line 1 says that already\n"},
        {"finalise\n\nfinalise", "line 3: line 1 says that already\n"},
        {"start a\x1b[2J", "line 1: a byte that is no ASCII text\n"},
        {"start a\x80", "line 1: a byte that is no ASCII text\n"},
        {"start\nfoo\nstart b", "line 1: no domain's name\nline 2: no statement: foo\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        read_text(bad[i].text);
        check_faults(bad[i].fault);
    }
}

static void a_nul_is_no_end(void **state)
{
    (void)state;
    read_bytes("start a\0\nbogus", 14);
    check_faults("line 1: a byte that is no ASCII text\nline 2: no statement: bogus\n");
}

static void read_many(const char *string, unsigned int times)
{
    static char many[64 * 1024];
    size_t used = 0;

    for (unsigned int i = 0; i < times; i++)
        used += (size_t)snprintf(many + used, sizeof(many) - used, "%s", string);
    read_text(many);
}

static void limits_hold(void **state)
{
    (void)state;
    read_many("00 ", BOOT_MAX_WORDS + 1);
    check_faults("line 1: too many words\n");
    read_many("param a store-pfn 1\n", BOOT_MAX_STATEMENTS + 1);
    check_faults("line 257: too many statements\n");
    assert_int_equal(config.nr, BOOT_MAX_STATEMENTS);
}

/* The same each time. */
static uint32_t chance(void)
{
    static uint32_t state = 1;

    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* Bytes by chance, and good lines with a byte changed: nothing but the sanitizers' peace is asked.
 */
static void hostile_text_does_no_harm(void **state)
{
    static const char good[] = "write a 0x8000 hex 0011\nready b at 1\nstart b\n"
                               "start a after b ready within 10s\nfinalise after a\n";
    char bytes[sizeof(good)];

    (void)state;
    for (unsigned int i = 0; i < 20000; i++) {
        memcpy(bytes, good, sizeof(good));
        for (uint32_t n = chance() % 4 + 1; n > 0; n--)
            bytes[chance() % sizeof(bytes)] = (char)chance();
        read_bytes(bytes, chance() % sizeof(bytes));
        if (report.nr == 0)
            boot_make_plan(&config, &scene, &plan, &report);
    }
    for (unsigned int i = 0; i < 2000; i++) {
        for (size_t n = 0; n < sizeof(bytes); n++)
            bytes[n] = (char)chance();
        read_bytes(bytes, sizeof(bytes));
    }
}

/* "configure a 1, start b 2": kind, domain, line. */
static void check_plan(const char *wanted)
{
    static const char *const kinds[] = {"configure", "offer", "wait", "start"};
    static char all[4096];
    size_t used = 0;

    check_faults("");
    all[0] = '\0';
    for (unsigned int i = 0; i < plan.nr; i++)
        used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s %s %u", i == 0 ? "" : ", ",
                                 kinds[plan.step[i].kind], plan.step[i].domain->name,
                                 plan.step[i].statement->line);
    assert_string_equal(all, wanted);
}

static void starts_are_in_the_order_of_lines_and_needs(void **state)
{
    (void)state;
    plan_text("");
    check_plan("");
    plan_text("start c\nstart a\nstart b\n");
    check_plan("start c 1, start a 2, start b 3");
    plan_text("start a after b\nstart b after c\nstart c\n");
    check_plan("start c 3, start b 2, start a 1");
    plan_text("start a after c\nstart b\nstart c\n");
    check_plan("start b 2, start c 3, start a 1");
}

static void what_domains_have_comes_first(void **state)
{
    (void)state;
    plan_text("start b\nready b at 0x1000\nstart a after b ready\nwrite c 1 module data.bin\n"
              "param a store-pfn 1\n");
    check_plan("offer b 2, configure c 4, configure a 5, start b 1, wait b 3, start a 3");
    assert_int_equal(plan.step[1].module, 1);
}

static void each_is_waited_for_once(void **state)
{
    (void)state;
    plan_text("ready a at 1\nready b at 1\nstart a\nstart b after a ready within 1s\n"
              "start c after a ready within 2s\nfinalise after a ready after b ready after c\n");
    check_plan("offer a 1, offer b 2, start a 3, wait a 4, start b 4, start c 5, wait b 6");
    assert_int_equal(plan.step[3].within_ms, 1000);
}

static void what_cannot_be_is_reported(void **state)
{
    static const struct {
        const char *text, *fault;
    } bad[] = {
        {"start x", "line 1: there is no domain x\n"},
        {"param x store-pfn 1\nwrite y 1 hex 00",
         "line 1: there is no domain x\nline 2: there is no domain y\n"},
        {"start boot", "line 1: boot is the boot domain itself\n"},
        {"write boot 1 hex 00", "line 1: boot is the boot domain itself\n"},
        {"start rescue", "line 1: rescue is there for failures only\n"},
        {"write a 1 module x", "line 1: there is no module x\n"},
        {"write a 1 module data", "line 1: there is no module data\n"},
        {"start a after b", "line 1: no line starts b\n"},
        {"start a after b ready\nstart b",
         "line 1: no line says how b learns where to report ready\n"},
        {"finalise after a", "line 1: no line starts a\n"},
        {"start a after a", "line 1: a would wait for itself, by way of a\n"},
        {"start a after b\nstart b after a", "line 1: a would wait for itself, by way of b\n"},
        {"start a\nstart b after c after a\nstart c after b",
         "line 3: c would wait for itself, by way of b\n"},
        /* Who waits for a circle isn't in it. */
        {"start a after b\nstart b after c\nstart c after b",
         "line 2: b would wait for itself, by way of c\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        plan_text(bad[i].text);
        check_faults(bad[i].fault);
    }
}

static void a_crash_domain_may_be_configured(void **state)
{
    (void)state;
    plan_text("param rescue store-pfn 1\n");
    check_plan("configure rescue 1");
}

static void a_domain_that_runs_or_is_not_shown_is_refused(void **state)
{
    (void)state;
    scene.domain[1].state = BW_STATE_running;
    scene.domain[2].error = -1;
    plan_text("start a\nstart b\n");
    check_faults("line 1: a isn't staged any more\nline 2: there is no domain b\n");
}

/* As many domains as there can be, each after all that one line can name, and waited for. */
static void the_largest_plan_has_room(void **state)
{
    static char many[32 * 1024];
    size_t used = 0;

    (void)state;
    scene.nr_domains = 1;
    for (unsigned int i = 10; i < 10 + BOOT_MAX_DOMAINS - 1; i++) {
        char name[8];

        (void)snprintf(name, sizeof(name), "d%u", i);
        add_domain(name, (uint16_t)i, 0);
        used += (size_t)snprintf(many + used, sizeof(many) - used,
                                 "ready d%u at 1\nparam d%u store-pfn 1\nparam d%u store-pfn 2\n",
                                 i, i, i);
        used += (size_t)snprintf(many + used, sizeof(many) - used, "start d%u", i);
        for (unsigned int j = 1; j <= BOOT_MAX_AFTER && i - j >= 10; j++)
            used += (size_t)snprintf(many + used, sizeof(many) - used, " after d%u ready", i - j);
        used += (size_t)snprintf(many + used, sizeof(many) - used, "\n");
    }
    (void)snprintf(many + used, sizeof(many) - used, "finalise after d%u ready\n",
                   10 + BOOT_MAX_DOMAINS - 2);
    plan_text(many);
    check_faults("");
    assert_int_equal(plan.nr, 5 * (BOOT_MAX_DOMAINS - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_statements_say_is_kept, start, stop),
        cmocka_unit_test_setup_teardown(bad_lines_are_reported, start, stop),
        cmocka_unit_test_setup_teardown(a_nul_is_no_end, start, stop),
        cmocka_unit_test_setup_teardown(limits_hold, start, stop),
        cmocka_unit_test_setup_teardown(hostile_text_does_no_harm, start, stop),
        cmocka_unit_test_setup_teardown(starts_are_in_the_order_of_lines_and_needs, start, stop),
        cmocka_unit_test_setup_teardown(what_domains_have_comes_first, start, stop),
        cmocka_unit_test_setup_teardown(each_is_waited_for_once, start, stop),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_reported, start, stop),
        cmocka_unit_test_setup_teardown(a_crash_domain_may_be_configured, start, stop),
        cmocka_unit_test_setup_teardown(a_domain_that_runs_or_is_not_shown_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(the_largest_plan_has_room, start, stop),
    };

    return cmocka_run_group_tests_name("bw-boot's configuration", tests, NULL, NULL);
}
