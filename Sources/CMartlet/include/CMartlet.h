// Everything Swift needs from C: memory that can fail, floating-point flags, calls through
// compiled pointers, and tables of functions opened at run time. No logic of Martlet's own.
#ifndef CMARTLET_H
#define CMARTLET_H

#include "martlet_addresses.h"
#include "martlet_blas.h"
#include "martlet_cublas.h"
#include "martlet_cuda.h"
#include "martlet_cufft.h"
#include "martlet_cusolver.h"
#include "martlet_dlpack.h"
#include "martlet_files.h"
#include "martlet_floating_point.h"
#include "martlet_arena.h"
#include "martlet_kernel.h"
#include "martlet_lapack.h"
#include "martlet_llvm.h"
#include "martlet_memory.h"
#include "martlet_nvrtc.h"
#include "martlet_opencl.h"
#include "martlet_profile.h"
#include "martlet_python.h"
#include "martlet_system.h"
#include "martlet_text.h"
#include "martlet_watch.h"

#endif
