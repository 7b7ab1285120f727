// Declarations only: the core's second stack. The macro makes `thunk_<name>`, a function of the same signature.
#pragma once

extern "C" void stack_thunk_add_ref();
#define make_stack_thunk(name) static_assert(sizeof(&name) > 0, "no such function")
