# SPDX-License-Identifier: BSD-2-Clause
LD := ld

include $(sort $(wildcard tools/*/rules.mk))
