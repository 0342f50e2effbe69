/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bw ready. The boot domain that waits for it has set the parameter STORE_EVTCHN: its domid in the
 * high 32 bits, the number of its event channel in the low ones (docs/boot-domain.md).
 */
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/hvm/params.h>

#include "tools/guests/bw/bw.h"
#include "tools/guests/bw/hypercall.h"

static int refused(const struct bw *bw, const char *what, int error)
{
    fprintf(bw->err, "bw: %s: %s\n", what, strerror(-error));
    return BW_REFUSED;
}

int bw_ready(const struct bw *bw)
{
    uint64_t told;
    int error = bw_own_param(HVM_PARAM_STORE_EVTCHN, &told);

    if (error != 0)
        return refused(bw, "asking whom to tell", error);
    if (told >> 32 == 0) {
        fprintf(bw->err, "bw: no boot domain waits for this one\n");
        return BW_REFUSED;
    }
    error = bw_notify((uint16_t)(told >> 32), (uint32_t)told);
    return error == 0 ? BW_DONE : refused(bw, "telling the boot domain", error);
}
