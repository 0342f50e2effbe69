/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings: what is wrong with an LCM, for people to read.
 */
#include <stdio.h>
#include <string.h>

#include "lcm/lcm.h"

/* Where a finding goes: a free place, or for an error the last notice's; NULL if there is none. */
static struct lcm_finding *find_place(struct lcm_report *report, enum lcm_severity severity)
{
    if (report->nr_findings < LCM_MAX_FINDINGS)
        return &report->finding[report->nr_findings++];
    report->nr_dropped++;
    if (severity == LCM_NOTICE)
        return NULL;
    for (unsigned int i = LCM_MAX_FINDINGS; i > 0; i--) {
        if (report->finding[i - 1].severity == LCM_NOTICE)
            return &report->finding[i - 1];
    }
    return NULL;
}

static void make_printable(char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~')
            *text = '?';
    }
}

void lcm_vfind(struct lcm_report *report, enum lcm_severity severity, struct lcm_domain *domain,
               const char *path, const char *format, va_list arguments)
{
    struct lcm_finding *finding = find_place(report, severity);

    if (severity == LCM_ERROR)
        report->nr_errors++;
    if (severity == LCM_DOMAIN_ERROR && domain)
        domain->failed = true;
    if (!finding)
        return;
    finding->severity = severity;
    finding->domain = domain;
    snprintf(finding->path, sizeof(finding->path), "%s", path);
    vsnprintf(finding->text, sizeof(finding->text), format, arguments);
    make_printable(finding->path);
    make_printable(finding->text);
}

void lcm_find(struct lcm_report *report, enum lcm_severity severity, struct lcm_domain *domain,
              const char *path, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    lcm_vfind(report, severity, domain, path, format, arguments);
    va_end(arguments);
}

const char *lcm_severity_name(enum lcm_severity severity)
{
    switch (severity) {
    case LCM_NOTICE:
        return "notice";
    case LCM_DOMAIN_ERROR:
        return "domain error";
    case LCM_ERROR:
    default:
        return "error";
    }
}
