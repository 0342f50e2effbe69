/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/guests/bw-boot/report.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <xen/errno.h>

void boot_fault(struct boot_report *report, const char *format, ...)
{
    va_list arguments;

    if (report->nr < BOOT_MAX_FAULTS) {
        va_start(arguments, format);
        (void)vsnprintf(report->text[report->nr], sizeof(report->text[0]), format, arguments);
        va_end(arguments);
    }
    report->nr++;
}

const char *boot_error(int error)
{
    static const struct {
        int error;
        const char *text;
    } errors[] = {
        {-XEN_EPERM, "the policy doesn't allow it"},
        {-XEN_ENOENT, "there is none"},
        {-XEN_ESRCH, "there is no such domain"},
        {-XEN_EBUSY, "it isn't staged any more"},
        {-XEN_E2BIG, "it is more than there is room for"},
        {-XEN_EFAULT, "not all of that is memory"},
        {-XEN_EINVAL, "the hypervisor takes no such value"},
        {-XEN_ETIMEDOUT, "it took too long"},
        {-XEN_ENOSYS, "this hypervisor has no such call: is it Bailiwick?"},
        {-XEN_ENODEV, "there is no way to the hypervisor"},
    };

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].error == error)
            return errors[i].text;
    return "the hypervisor refused it";
}
