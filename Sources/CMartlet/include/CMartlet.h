// Everything Swift needs from C: memory that can fail, floating-point flags, calls through
// compiled pointers, and tables of functions opened at run time. No logic of Martlet's own.
#ifndef CMARTLET_H
#define CMARTLET_H

#include "martlet_blas.h"
#include "martlet_floating_point.h"
#include "martlet_kernel.h"
#include "martlet_llvm.h"
#include "martlet_memory.h"
#include "martlet_system.h"

#endif
