// Included in place of <hwy/highway.h>, as that without a guard: once for each target. Two targets only, AVX2 with FMA
// (the floor that everything is compiled for) and AVX-512; AES and PCLMUL are not part of the floor and not used.
#ifndef HWY_DISABLE_PCLMUL_AES
#define HWY_DISABLE_PCLMUL_AES
#endif
#ifdef HWY_TARGET_INCLUDE
#include <hwy/foreach_target.h>
#endif
#include <hwy/highway.h>
