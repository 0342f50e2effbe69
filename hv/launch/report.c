/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>

#include "hv/arch/arch.h"
#include "hv/gate/policy.h"
#include "hv/launch/crash.h"
#include "hv/launch/plan.h"
#include "hv/launch/record.h"
#include "hv/launch/report.h"
#include "hv/machine/log.h"
#include "hv/machine/console.h"
#include "hv/machine/time.h"

#define TEXT_MAX 600

void report_step(unsigned int number, const char *format, ...)
{
    uint64_t time = now() / MILLISECOND;
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    record_step(number);
    hv_log("%2u. %s (%lu.%03lu s)", number, text, time / 1000, time % 1000);
}

static void print_finding(const struct lcm_finding *f)
{
    const char *colon = f->path[0] != '\0' ? ": " : "";

    if (f->severity == LCM_DOMAIN_ERROR)
        hv_log("domain %s failed: %s%s%s", f->domain->name, f->path, colon, f->text);
    else
        hv_log("    LCM: %s: %s%s%s", f->severity == LCM_NOTICE ? "notice" : "error", f->path,
               colon, f->text);
}

void report_findings(const struct lcm_report *report, const struct lcm_finding *except)
{
    static unsigned int printed, dropped;

    for (; printed < report->nr_findings; printed++) {
        if (&report->finding[printed] != except)
            print_finding(&report->finding[printed]);
    }
    if (report->nr_dropped > dropped)
        hv_log("    LCM: and %u findings more", report->nr_dropped - dropped);
    dropped = report->nr_dropped;
}

const struct lcm_finding *report_fatal(const struct lcm_report *report)
{
    for (unsigned int i = 0; i < report->nr_findings; i++) {
        const struct lcm_finding *f = &report->finding[i];

        if (f->severity == LCM_ERROR || (f->severity == LCM_DOMAIN_ERROR && f->domain->required))
            return f;
    }
    return NULL;
}

static char failure[TEXT_MAX];

const char *report_failure(void)
{
    return failure;
}

void report_note_failure(const char *why)
{
    (void)snprintf(failure, sizeof(failure), "%s", why);
}

_Noreturn void report_refusal(const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report_note_failure(text);
    hv_log("launch refused: %s", failure);
    crash_path(failure);
    hv_log("no domain %s. The machine waits to be reset.",
           plan_has_started() ? "runs any more" : "was started");
    policy_print_collected();
    console_flush();
    arch_report_end(1);
    arch_halt();
}
