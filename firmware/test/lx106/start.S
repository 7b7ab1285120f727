// Reset under QEMU: the simulated chip begins at its vector base, in ROM, and goes to C with a stack and cleared memory.
// The two simulator calls with which a program reaches its host.

    .section .reset, "ax"
    .global reset
reset:
    j       1f
    .align  4
    .literal_position
1:  movi    a0, start
    jx      a0

    .text
    .literal_position
    .global start
    .align  4
start:
    movi    a1, stack_top
    movi    a2, bss_start
    movi    a3, bss_end
    movi.n  a4, 0
2:  bgeu    a2, a3, 3f
    s32i.n  a4, a2, 0
    addi.n  a2, a2, 4
    j       2b
3:  call0   run_program
    mov.n   a3, a2
    movi.n  a2, 1
    simcall
4:  j       4b

// int32_t host_call(int32_t number, int32_t a, int32_t b, int32_t c): the host's answer, negative for its error.
    .global host_call
    .align  4
host_call:
    simcall
    ret.n

// uint32_t cycle_count(void)
    .global cycle_count
    .align  4
cycle_count:
    rsr     a2, ccount
    ret.n
