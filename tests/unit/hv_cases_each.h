/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files with the cases of hv_cases.h have in common. */
#ifndef TESTS_HV_CASES_EACH_H
#define TESTS_HV_CASES_EACH_H

#include "hv_cases.h"
#include "hv_scene.h"

#define CALLER 1
#define PEER 2
#define SOME_GFN 0x40ul /* RAM of the caller */

#define CASE(name) void name##_case(struct attempt *t)
#define HEADER(t) scene_memory((t)->d, ARGUMENTS)

extern struct domain *caller, *peer;
extern int64_t channel; /* the caller's port that leads to the peer */

/* A row without a case doesn't link. */
#define OP(hypercall, sub, name, hook, header, result, decode) CASE(name);
#include "hv/gate/ops.def"
#undef OP

#endif
