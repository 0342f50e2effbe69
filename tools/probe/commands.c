/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands, and those that only speak and wait. */
#include "command.h"
#include "console.h"
#include "text.h"
#include "xen.h"

#define WORD(i) (arguments->value[i])
#define LINE_SIZE 512

static char command_line[LINE_SIZE];
static bool stay;

/* clang-format off */
static const struct command commands[] = {
    {"cpuid",          NUMBERS, 1, 2, command_cpuid,          "cpuid LEAF [SUBLEAF]",        false},
    {"rdmsr",          NUMBERS, 1, 1, command_rdmsr,          "rdmsr MSR",                   false},
    {"wrmsr",          NUMBERS, 2, 2, command_wrmsr,          "wrmsr MSR VALUE",             false},
    {"in",             NUMBERS, 2, 2, command_in,             "in 1|2|4 PORT",               false},
    {"out",            NUMBERS, 3, 3, command_out,            "out 1|2|4 PORT VALUE",        false},
    {"read",           NUMBERS, 2, 2, command_read,           "read 1|2|4|8 ADDRESS",        false},
    {"write",          NUMBERS, 3, 3, command_write,          "write 1|2|4|8 ADDRESS VALUE", false},
    {"checksum",       NUMBERS, 2, 2, command_checksum,       "checksum ADDRESS BYTES",      false},
    {"ud2",            NUMBERS, 0, 0, command_ud2,            "ud2",                         false},
    {"int3",           NUMBERS, 0, 0, command_int3,           "int3",                        false},
    {"hlt",            NUMBERS, 0, 0, command_hlt,            "hlt",                         true},
    {"spin",           NUMBERS, 0, 0, command_spin,           "spin",                        true},
    {"triple_fault",   NUMBERS, 0, 0, command_triple_fault,   "triple_fault",                true},
    {"buffer",         WORDS,   1, MAX_WORDS, command_buffer_fill,
                                                    "buffer [u8|u16|u32|u64 VALUE...]...",    false},
    {"buffer_text",    TEXT,    1, MAX_WORDS, command_buffer_text, "buffer_text TEXT",        false},
    {"hypercall",      NUMBERS, 1, 6, command_hypercall,      "hypercall NUMBER [A1 .. A5]", false},
    {"hypercall_page", NUMBERS, 0, 0, command_hypercall_page, "hypercall_page",              false},
    {"console_write",  TEXT,    1, MAX_WORDS, command_console_write, "console_write TEXT",    false},
    {"console_read",   NUMBERS, 0, 0, command_console_read,   "console_read",                false},
    {"wait_event",     NUMBERS, 2, 2, command_wait_event,     "wait_event PORT MS",          false},
    {"bind_any",       NUMBERS, 3, 3, command_bind_any,       "bind_any DOMID FIRST LAST",   false},
    {"upcalls_on",     NUMBERS, 0, 0, command_upcalls_on,     "upcalls_on",                  false},
    {"upcalls",        NUMBERS, 0, 0, command_upcalls,        "upcalls",                     false},
    {"wait_upcall",    NUMBERS, 2, 2, command_wait_upcall,    "wait_upcall TIMES MS",        false},
    {"crash",          NUMBERS, 0, 0, command_crash,          "crash",                       true},
    {"shutdown",       NUMBERS, 0, 1, command_shutdown,       "shutdown [REASON]",           true},
    {"reboot",         NUMBERS, 0, 0, command_reboot,         "reboot",                      true},
    {"say",            TEXT,    0, MAX_WORDS, command_say,    "say TEXT",                    false},
    {"print",          TEXT,    1, MAX_WORDS, command_print,  "print TEXT",                  false},
    {"value",          NUMBERS, 1, 1, command_value,          "value NUMBER",                false},
    {"sleep",          NUMBERS, 1, 1, command_sleep,          "sleep MS",                    false},
    {"counter",        NUMBERS, 2, 2, command_counter,        "counter MS TIMES",            false},
    {"flood",          NUMBERS, 1, 1, command_flood,          "flood LINES",                 false},
    {"nonce",          NUMBERS, 0, 0, command_nonce,          "nonce",                       false},
    {"arguments",      NUMBERS, 0, 0, command_arguments,      "arguments",                   false},
    {"stay",           NUMBERS, 0, 0, command_stay,           "stay",                        false},
    {"watch",          NUMBERS, 1, 1, command_watch,          "watch MS",                    true},
    {"storm_memory",   NUMBERS, 3, 3, command_storm_memory,   "storm_memory FIRST LAST STEP", false},
    {"storm_ports",    NUMBERS, 1, 1, command_storm_ports,    "storm_ports STEP",            false},
    {"storm_msrs",     NUMBERS, 2, 2, command_storm_msrs,     "storm_msrs FIRST LAST",       false},
    {"storm_hypercalls", NUMBERS, 2, 2, command_storm_hypercalls,
                                                    "storm_hypercalls FIRST LAST",            false},
    {"storm_random",   NUMBERS, 2, 2, command_storm_random,   "storm_random SEED COUNT",     false},
    {"storm_physmap",  NUMBERS, 3, 3, command_storm_physmap,  "storm_physmap FIRST LAST STEP", false},
    {"storm_tables",   NUMBERS, 0, 0, command_storm_tables,   "storm_tables",                false},
    {"storm_control",  WORDS,   2, 2, command_storm_control,  "storm_control REGISTER BITS", false},
    {"storm_opcodes",  NUMBERS, 0, 0, command_storm_opcodes,  "storm_opcodes",               false},
    {"storm_breakpoints", NUMBERS, 1, 1, command_storm_breakpoints,
                                                    "storm_breakpoints ADDRESS",              false},
    {"storm_steps",    NUMBERS, 0, 0, command_storm_steps,    "storm_steps",                 false},
    {"storm_timer",    NUMBERS, 1, 1, command_storm_timer,    "storm_timer MS",              false},
    {"lose",           WORDS,   1, 1, command_lose,           "lose cr3|idt|stack",          true},
    {"keep_state",     NUMBERS, 3, 3, command_keep_state,     "keep_state PATTERN ROUNDS KEYS", false},
    {"keep_registers", NUMBERS, 0, 0, command_keep_registers, "keep_registers",              false},
    {"vcpu_boot",      NUMBERS, 1, 1, command_vcpu_boot,      "vcpu_boot VCPU",              false},
    {"vcpu_reset",     NUMBERS, 1, 1, command_vcpu_reset,     "vcpu_reset VCPU",             false},
    {"vcpu_work",      WORDS,   2, 3, command_vcpu_work,      "vcpu_work VCPU WORK [ARGUMENT]", false},
    {"vcpu_done",      NUMBERS, 1, 1, command_vcpu_done,      "vcpu_done VCPU",              false},
    {"sleep_until",    NUMBERS, 1, 1, command_sleep_until,    "sleep_until MS",              false},
    {"work_until",     WORDS,   2, 3, command_work_until,     "work_until MS WORK [ARGUMENT]", false},
    {"measure",        NUMBERS, 2, 6, command_measure,        "measure TIMES NUMBER [A1 .. A4]", false},
    {"pvh_module",     NUMBERS, 1, 1, command_pvh_module,     "pvh_module INDEX",            false},
    {"find",           WORDS,   3, 3, command_find,           "find ADDRESS BYTES TEXT",     false},
    {"module_stat",    NUMBERS, 1, 1, command_module_stat,    "module_stat INDEX",           false},
    {"module_read",    NUMBERS, 3, 3, command_module_read,    "module_read INDEX OFFSET SIZE", false},
    {"staged_stat",    NUMBERS, 1, 1, command_staged_stat,    "staged_stat INDEX",           false},
    {"staged_read",    NUMBERS, 3, 3, command_staged_read,    "staged_read DOMID ADDRESS SIZE", false},
    {"staged_write",   NUMBERS, 3, 4, command_staged_write,
                                                    "staged_write DOMID ADDRESS VALUE [BYTES]", false},
    {"staged_get_vcpu", NUMBERS, 2, 2, command_staged_get_vcpu, "staged_get_vcpu DOMID VCPU", false},
    {"staged_set_vcpu", WORDS,  2, MAX_WORDS, command_staged_set_vcpu,
                                            "staged_set_vcpu DOMID VCPU [REGISTER VALUE]...", false},
    {"hypfs",          WORDS,   1, 1, command_hypfs,          "hypfs PATH",                  false},
    {"hypfs_version",  NUMBERS, 0, 0, command_hypfs_version,  "hypfs_version",               false},
    {"hypfs_write",    WORDS,   1, 1, command_hypfs_write,    "hypfs_write PATH",            false},
    {"launch_finalise", NUMBERS, 0, 0, command_launch_finalise, "launch_finalise",           true},
    {"launch_fail",    TEXT,    1, MAX_WORDS, command_launch_fail, "launch_fail TEXT",        true},
};
/* clang-format on */

const struct command *find_command(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (text_equal(commands[i].name, name))
            return &commands[i];
    return NULL;
}

void result_note(struct result *result, const char *name, uint64_t value)
{
    if (result->nr_notes < MAX_NOTES)
        result->note[result->nr_notes++] = (struct note){.name = name, .value = value};
}

void set_command_line(const char *line)
{
    size_t size = text_length(line);

    if (size >= sizeof(command_line))
        size = sizeof(command_line) - 1;
    memcpy(command_line, line, size);
    command_line[size] = '\0';
}

const char *command_line_value(const char *name)
{
    static char value[LINE_SIZE];
    const char *at = command_line;
    size_t length = text_length(name), n = 0;

    while (*at && !(text_starts(at, name) && at[length] == '=')) {
        while (*at && !is_blank(*at))
            at++;
        while (is_blank(*at))
            at++;
    }
    if (*at)
        for (at += length + 1; *at && !is_blank(*at); at++)
            value[n++] = *at;
    value[n] = '\0';
    return value;
}

bool wants_to_stay(void)
{
    return stay;
}

void command_print(const struct arguments *arguments, struct result *result)
{
    size_t size = text_unescape(arguments->text);

    put_bytes(arguments->text, size);
    console_flush();
    result->silent = true;
}

void command_say(const struct arguments *arguments, struct result *result)
{
    size_t size = text_unescape(arguments->text);

    put_bytes(arguments->text, size);
    put_text("\n");
    result->silent = true;
}

void command_value(const struct arguments *arguments, struct result *result)
{
    result->value = (int64_t)WORD(0);
}

void command_sleep(const struct arguments *arguments, struct result *result)
{
    sleep_ms(WORD(0));
    result->silent = true;
}

static void put_numbered(const char *what, uint64_t number)
{
    put_text(what);
    put_text(" ");
    put_decimal((int64_t)number);
    put_text("\n");
}

void command_counter(const struct arguments *arguments, struct result *result)
{
    uint64_t i;

    for (i = 1; i <= WORD(1); i++) {
        sleep_ms(WORD(0));
        put_numbered("heartbeat", i);
    }
    result->silent = true;
}

void command_flood(const struct arguments *arguments, struct result *result)
{
    uint64_t i;

    for (i = 1; i <= WORD(0); i++)
        put_numbered("flood", i);
    result->silent = true;
}

void command_nonce(const struct arguments *arguments, struct result *result)
{
    const char *nonce = command_line_value("nonce");

    (void)arguments;
    result->silent = true;
    if (!*nonce)
        return;
    put_text("answer: ");
    put_text(nonce);
    put_text("\n");
}

void command_arguments(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    result->silent = true;
    put_text("arguments: ");
    put_text(command_line);
    put_text("\n");
}

void command_stay(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    stay = true;
    result->silent = true;
}
