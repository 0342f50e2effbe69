/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bailiwick_op: what a domain can ask of this hypervisor beyond Xen's interface. Public: guests'
 * programs include it, and nothing else of this tree.
 *
 * Hypercall number 55, which Xen leaves to architectures and uses on none. The first argument is an
 * operation BW_OP_*, the second the address of its structure. Each has its row in xsm/hooks.def; a
 * caller that may not gets -EPERM, and numbers that are none -ENOSYS.
 */
#ifndef HV_PUBLIC_BAILIWICK_OP_H
#define HV_PUBLIC_BAILIWICK_OP_H

#include <stdint.h>

#define HYPERVISOR_BAILIWICK_OP 55

/*
 * Seal the policy, until the machine is started again: no other policy, no booleans, no switching
 * off, no labels of resources. No structure. -EBUSY: it isn't enforced, or has permissive types;
 * -EEXIST: it is sealed; -ENOSYS: there is none.
 */
#define BW_OP_policy_seal 0

/* The next audit record, from a number on, of those whose subject the caller may see. */
#define BW_OP_audit_read 1
struct bw_audit_read {
    uint64_t sequence; /* IN: the first that is wanted; OUT: this one's, which count from 1 */
    uint64_t time;     /* OUT: ns since the start of the machine */
    uint64_t text;     /* IN: the address of `size` bytes for it as a line of text */
    uint32_t size;     /* OUT: of the text, without its NUL; longer ones are cut off. 0: none of
                        * those that were looked at may be seen; go on from `sequence` */
    uint32_t lost;     /* OUT: how many of this subject's were overwritten so far */
    uint32_t subject;  /* OUT: SIDs */
    uint32_t object;
    uint16_t domid; /* OUT: whose doing it was; 0xffff: the hypervisor's */
    uint16_t target;
    uint8_t kind; /* OUT: BW_AUDIT_* */
    uint8_t denied;
    uint8_t permissive;
    uint8_t pad;
};
/* -ENOENT: there are no more. */

#define BW_AUDIT_flask 0 /* denied by the policy, or granted under auditallow */
#define BW_AUDIT_role 1  /* denied by the role key */
#define BW_AUDIT_phase 2
/* Changes, which have room of their own, so that no denials push them out. */
#define BW_AUDIT_replaced 16 /* the policy */
#define BW_AUDIT_enforced 17
#define BW_AUDIT_unenforced 18
#define BW_AUDIT_booleans 19
#define BW_AUDIT_relabelled 20
#define BW_AUDIT_sealed 21
#define BW_AUDIT_revoked 22 /* a channel was closed, which may not be any more */
#define BW_AUDIT_object 23  /* a resource's label was given or taken */

/* Which decisions were made since the last reset, each once, in no order. */
#define BW_OP_coverage_read 2
struct bw_coverage_read {
    uint64_t next;    /* IN: 0 to begin, then what came OUT */
    uint64_t text;    /* as above */
    uint32_t size;    /* as above */
    uint32_t lost;    /* OUT: decisions for which there was no room */
    uint32_t subject; /* OUT: SIDs */
    uint32_t object;
    uint32_t verdict; /* OUT: 0 denied, 1 allowed, 2 denied and let pass */
    uint32_t pad;
};
/* -ENOENT: there are no more; -EAGAIN: nothing is collected, reset it to begin. */

/* Forget them, and collect from now on. No structure. -EOPNOTSUPP: not in builds with RELEASE. */
#define BW_OP_coverage_reset 3

/* What the launch failed of: for the crash domain, which is there because of it. */
#define BW_OP_failure_read 4
struct bw_failure_read {
    uint64_t text; /* as above */
    uint32_t size; /* as above */
    uint32_t pad;
};
/* -ENOENT: it hasn't failed. */

/*
 * --- The launch: for the boot domain, until it is finalised ---
 *
 * The boot domain runs first, while all others are staged: built, and paused. What is here is for
 * it alone (the role boot), as far as the policy lets it, and is denied to everybody once the
 * launch is finalised.
 */

/* How much there is of what the other operations number. */
#define BW_OP_launch_info 5
struct bw_launch_info {
    uint32_t nr_modules; /* OUT: boot modules; 0 is the LCM */
    uint32_t nr_domains; /* OUT: of the LCM, some of which may have failed */
    uint64_t time_left;  /* OUT: ns until the boot domain must have finalised */
};

#define BW_DIGEST_SIZE 32 /* SHA-256 */
#define BW_UUID_SIZE 16

/* A boot module, as the bootloader loaded it and as it was measured then. */
#define BW_OP_module_stat 6
struct bw_module_stat {
    uint32_t index;      /* IN: the bootloader's number; 0 is the LCM */
    uint32_t type;       /* OUT: BW_MODULE_* */
    uint64_t size;       /* OUT: bytes */
    uint64_t digest;     /* IN: the address of BW_DIGEST_SIZE bytes for its digest, or 0 */
    uint64_t line;       /* IN: the address for its line in the boot menu: name and arguments */
    uint32_t line_size;  /* IN: bytes there are for it, or 0; OUT: its length without a NUL */
    uint32_t label_size; /* the same, for its label */
    uint64_t label;
};
/* -ENOENT: there is no such module. */

#define BW_MODULE_lcm 0
#define BW_MODULE_kernel 1
#define BW_MODULE_ramdisk 2
#define BW_MODULE_device_tree 3
#define BW_MODULE_microcode 4
#define BW_MODULE_xsm_policy 5
#define BW_MODULE_config 6
#define BW_MODULE_unnamed 7 /* the LCM doesn't name it */

/* The most bytes that one call of BW_OP_*_read and _write moves. */
#define BW_MOST_BYTES 65536u

/*
 * What is in it. Of the LCM, the nodes of domains and modules that the caller may not see are
 * replaced by FDT_NOP (Devicetree Specification 0.4, 5.4.1): its size and digest are those of the
 * whole.
 */
#define BW_OP_module_read 7
struct bw_module_read {
    uint64_t offset; /* IN: bytes */
    uint64_t buffer; /* IN: the address of `size` bytes */
    uint32_t index;  /* IN */
    uint32_t size;   /* IN: at most BW_MOST_BYTES; OUT: how many there were */
};

/* A domain of the LCM. */
#define BW_OP_staged_stat 8
struct bw_staged_stat {
    uint64_t memory_kib; /* OUT */
    uint64_t name;       /* IN: the address of bytes for its name */
    uint64_t label;      /* IN: the same for its label */
    uint64_t uuid;       /* IN: the address of BW_UUID_SIZE bytes for it, or 0 */
    uint32_t name_size;  /* IN: bytes there are, or 0; OUT: its length without a NUL */
    uint32_t label_size;
    uint32_t index;    /* IN: in the order of the LCM */
    uint32_t roles;    /* OUT: BW_ROLE_* */
    uint32_t nr_vcpus; /* OUT */
    int32_t config;    /* OUT: the number of its boot module of type config; -1: none */
    uint16_t domid;    /* OUT */
    uint8_t state;     /* OUT: BW_STATE_* */
    uint8_t starts;    /* OUT: 0: it is started by a failure only */
    uint32_t pad;
};
/* -ENOENT: there is no such domain, or it has failed. */

#define BW_ROLE_control 1u
#define BW_ROLE_hardware 2u
#define BW_ROLE_boot 4u
#define BW_ROLE_crash 8u
#define BW_ROLE_console 16u
#define BW_ROLE_xenstore 32u

#define BW_STATE_staged 0
#define BW_STATE_running 1
#define BW_STATE_stopped 2

/*
 * The operations from here on change or read a staged domain: -ESRCH: there is none of this domid;
 * -EBUSY: it isn't staged any more.
 */

/* Its memory, by guest physical address. -EFAULT: not all of it is memory, of either side. */
#define BW_OP_staged_read 9
#define BW_OP_staged_write 10
struct bw_staged_memory {
    uint64_t address; /* IN: bytes, in the staged domain */
    uint64_t buffer;  /* IN: the address of `size` bytes here */
    uint32_t size;    /* IN: at most BW_MOST_BYTES */
    uint16_t domid;   /* IN */
    uint16_t pad;
};

/* The registers that a vCPU begins with. -EINVAL: it doesn't begin with any, or not with these. */
#define BW_OP_staged_get_vcpu 11
#define BW_OP_staged_set_vcpu 12
struct bw_staged_vcpu {
    uint64_t state; /* IN: the address of a struct bw_vcpu_state */
    uint32_t vcpu;  /* IN */
    uint16_t domid; /* IN */
    uint16_t pad;
};
/* x86-64. Everything else is as the PVH protocol says. */
struct bw_vcpu_state {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rip;    /* below 4 GiB */
    uint64_t rflags; /* of it only arithmetic flags, DF, AC and ID; bit 1 is set */
};
/* EACH(name) for all of them, for tables. */
#define BW_VCPU_REGISTERS(EACH)                                                                    \
    EACH(rax)                                                                                      \
    EACH(rbx)                                                                                      \
    EACH(rcx)                                                                                      \
    EACH(rdx)                                                                                      \
    EACH(rsi)                                                                                      \
    EACH(rdi)                                                                                      \
    EACH(rbp)                                                                                      \
    EACH(rsp)                                                                                      \
    EACH(r8)                                                                                       \
    EACH(r9)                                                                                       \
    EACH(r10)                                                                                      \
    EACH(r11)                                                                                      \
    EACH(r12)                                                                                      \
    EACH(r13)                                                                                      \
    EACH(r14)                                                                                      \
    EACH(r15)                                                                                      \
    EACH(rip)                                                                                      \
    EACH(rflags)

/*
 * An HVM_PARAM_* (Xen's public hvm/params.h): STORE_PFN, STORE_EVTCHN, CONSOLE_EVTCHN or
 * CALLBACK_IRQ. -EINVAL: another one.
 */
#define BW_OP_staged_set_param 13
struct bw_staged_param {
    uint64_t value; /* IN */
    uint32_t index; /* IN */
    uint16_t domid; /* IN */
    uint16_t pad;
};

/* Start it now, before the others. -EINVAL: it is for failures only. */
#define BW_OP_staged_unpause 14
struct bw_staged_unpause {
    uint16_t domid; /* IN */
    uint16_t pad[3];
};

/*
 * The launch is prepared: doesn't return. All that the boot domain had is cleared and given back,
 * and everything that is still staged starts. No structure.
 */
#define BW_OP_launch_finalise 15

/* It can't be: the crash path is taken, with this reason. Doesn't return. */
#define BW_OP_launch_fail 16
struct bw_launch_fail {
    uint64_t text; /* IN: the address of the reason */
    uint32_t size; /* IN: bytes, at most BW_MOST_REASON */
    uint32_t pad;
};
#define BW_MOST_REASON 200u

#endif
