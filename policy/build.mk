# SPDX-License-Identifier: BSD-2-Clause

# A file that is gone can't be newer than a policy: what there is, is written down, and a policy that
# was made from other files is made again.
POLICY_FILES := policy/build policy/lines policy/users policy/initial_sid_contexts \
    $(sort $(wildcard policy/vocabulary/* policy/modules/*.if policy/modules/*.te \
        policy/systems/*/local.te policy/systems/*/vocabulary/* policy/systems/*/modules/* \
        policy/systems/*/users policy/systems/*/constraints policy/systems/*/initial_sid_contexts))
POLICY_LIST := $(O)/policy/sources
POLICY_SOURCES := $(POLICY_FILES) $(POLICY_LIST)

.PHONY: policy-list
$(POLICY_LIST): policy-list
	@mkdir -p $(@D)
	@printf '%s\n' $(POLICY_FILES) | cmp -s - $@ || printf '%s\n' $(POLICY_FILES) >$@

$(O)/policy/%.30: policy/systems/%/system.te $(POLICY_SOURCES)
	@echo "  POLICY  $*"
	@policy/build $* $@

##@ Using it
.PHONY: policy
policy: $(O)/policy/$(SYSTEM).30 ## compile SYSTEM's policy to build/policy/
