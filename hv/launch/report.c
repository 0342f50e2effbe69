/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>

#include "hv/arch/arch.h"
#include "hv/launch/report.h"
#include "hv/machine/log.h"
#include "hv/machine/serial.h"
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
    hv_log("%2u. %s (%lu.%03lu s)", number, text, time / 1000, time % 1000);
}

static const char *severity_name(enum lcm_severity severity)
{
    return severity == LCM_NOTICE ? "notice" : "error";
}

void report_findings(const struct lcm_report *report)
{
    static unsigned int printed;

    for (; printed < report->nr_findings; printed++) {
        const struct lcm_finding *f = &report->finding[printed];

        hv_log("    LCM: %s: %s%s%s", severity_name(f->severity), f->path,
               f->path[0] != '\0' ? ": " : "", f->text);
    }
    if (report->nr_dropped > 0)
        hv_log("    LCM: and %u findings more", report->nr_dropped);
}

_Noreturn void report_refusal(const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    hv_log("launch refused: %s", text);
    hv_log("no domain was started. The machine waits to be reset.");
    serial_flush();
    arch_report_end(1);
    arch_halt();
}
