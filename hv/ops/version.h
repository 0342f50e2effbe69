/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose public ABI this is, and what we call ourselves in it. */
#ifndef HV_OPS_VERSION_H
#define HV_OPS_VERSION_H

/* Xen 4.17: major in the upper half. */
#define XEN_ABI_VERSION (4u << 16 | 17u)
#define BAILIWICK_VERSION "0.1.0"

#endif
