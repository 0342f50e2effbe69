# SPDX-License-Identifier: BSD-2-Clause
ROLES_SRCS := $(sort $(wildcard roles/*.c))
