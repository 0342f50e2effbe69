/* SPDX-License-Identifier: BSD-2-Clause */
/* xen_version: Xen's public version.h and features.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hv/gate/ops.h"
#include "hv/ops/version.h"

static int64_t put(struct call *call, const void *from, size_t size)
{
    return gate_copy_to(call->v, (gva_t){call->argument[1]}, from, size);
}

/* The two that are large have their room on the stack, not in the image. */
static int64_t put_large(struct call *call, const char *string)
{
    char text[sizeof(xen_commandline_t)] = {0};

    _Static_assert(sizeof(text) == sizeof(xen_capabilities_info_t), "one size for both");
    memcpy(text, string, strlen(string));
    return put(call, text, sizeof(text));
}

int64_t version_act(struct call *call)
{
    (void)call;
    return XEN_ABI_VERSION;
}

int64_t version_extraversion_act(struct call *call)
{
    const xen_extraversion_t text = ".0-bailiwick";

    return put(call, text, sizeof(text));
}

int64_t version_compile_info_act(struct call *call)
{
    static const struct xen_compile_info info = {
        .compiler = __VERSION__,
        .compile_by = "bailiwick",
        .compile_domain = "",
        .compile_date = "", /* builds are reproducible */
    };

    return put(call, &info, sizeof(info));
}

int64_t version_capabilities_act(struct call *call)
{
    return put_large(call, "hvm-3.0-x86_64 ");
}

int64_t version_changeset_act(struct call *call)
{
    static const xen_changeset_info_t text = "Bailiwick " BAILIWICK_VERSION;

    return put(call, text, sizeof(text));
}

/* Where the hypervisor begins in a PV guest's address space: there are none. */
int64_t version_platform_act(struct call *call)
{
    const struct xen_platform_parameters parameters = {.virt_start = 0};

    return put(call, &parameters, sizeof(parameters));
}

int64_t version_features_act(struct call *call)
{
    struct xen_feature_info *f = (void *)call->header;

    if (f->submap_idx >= XENFEAT_NR_SUBMAPS)
        return -EINVAL;
    f->submap = 1u << XENFEAT_writable_page_tables | 1u << XENFEAT_auto_translated_physmap |
                1u << XENFEAT_hvm_callback_vector | 1u << XENFEAT_hvm_safe_pvclock |
                1u << XENFEAT_not_direct_mapped;
    return 0;
}

int64_t version_pagesize_act(struct call *call)
{
    (void)call;
    return (int64_t)PAGE_SIZE;
}

int64_t version_guest_handle_act(struct call *call)
{
    return put(call, call->d->uuid, sizeof(call->d->uuid));
}

int64_t version_commandline_act(struct call *call)
{
    return put_large(call, "");
}

/* There is no build ID: builds are reproducible, and their digest says which one it is. */
int64_t version_build_id_act(struct call *call)
{
    (void)call;
    return -ENODEV;
}
