# SPDX-License-Identifier: BSD-2-Clause
LCM_SRCS := $(sort $(wildcard lcm/*.c))
