/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/gate/permissive.h"

#include "xsm/coverage.h"

#ifdef CONFIG_RELEASE

enum permissive permissive_record(const struct xsm_record *record)
{
    (void)record;
    return PERMISSIVE_NEITHER;
}

void permissive_forget(void)
{
}

#else

static struct xsm_coverage written;

enum permissive permissive_record(const struct xsm_record *record)
{
    const struct xsm_covered done = {.hook = record->hook,
                                     .check = record->check,
                                     .subject = record->subject,
                                     .object = record->object,
                                     .verdict = XSM_COVERED_PERMISSIVE};

    if (!record->permissive)
        return PERMISSIVE_NEITHER;
    if (xsm_cover(&written, &done))
        return PERMISSIVE_FIRST;
    return xsm_is_covered(&written, &done) ? PERMISSIVE_AGAIN : PERMISSIVE_NEITHER;
}

void permissive_forget(void)
{
    xsm_forget_covered(&written);
}

#endif
