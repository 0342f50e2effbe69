/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions behind ops.def, one file of hv/ops/ for each hypercall. */
#ifndef HV_GATE_OPS_H
#define HV_GATE_OPS_H

#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hypfs.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/xsm/flask_op.h>

#include "hv/gate/gate.h"
#include "hv/public/bailiwick_op.h"

/* Named as Xen's headers name theirs, for ops.def. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier) */
#define __HYPERVISOR_bailiwick_op HYPERVISOR_BAILIWICK_OP

/* For operations whose argument has no fixed-size part. */
struct no_header {
    uint8_t none;
};

#define OP_DECODE_own(name)
#define OP_DECODE_other(name) int name##_decode(struct call *call);

/*
 * decode: 0, or -errno for an argument that makes no sense whoever asks.
 * act: the guest's result.
 */
#define OP(hypercall, sub, name, hook, header, result, decode)                                     \
    OP_DECODE_##decode(name) int64_t name##_act(struct call *call);
#include "hv/gate/ops.def"
#undef OP

#endif
