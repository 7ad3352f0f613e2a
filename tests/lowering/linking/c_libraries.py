"""Functions that the C libraries of three systems export, as their documentation lists them.

Windows: "UCRT alphabetical function reference" and the functions of kernel32 on
learn.microsoft.com. macOS: the manual pages of sections 2 and 3. Linux: glibc's manual and POSIX.
"""

C89_FLOAT = (
    "acosf asinf atanf atan2f ceilf cosf coshf expf floorf fmodf logf log10f powf sinf sinhf sqrtf "
    "tanf tanhf"
)
C89 = C89_FLOAT.replace("f ", " ").removesuffix("f") + " fabs ldexp frexp modf"
C99 = (
    "acosh asinh atanh cbrt copysign erf erfc exp2 expm1 fma fmax fmin hypot lgamma log1p log2 "
    "nearbyint remainder rint round tgamma trunc"
)
# UCRT has _hypotf, and hypotf only in a header.
C99_FLOAT = " ".join(f"{name}f" for name in C99.split() if name != "hypot")
MEMORY = "malloc calloc realloc free memcpy memmove memset memcmp"
COMMON = {*f"{C89_FLOAT} {C89} {C99} {C99_FLOAT} {MEMORY}".split()}

PTHREADS = (
    "pthread_create pthread_detach pthread_mutex_init pthread_mutex_lock pthread_mutex_unlock "
    "pthread_cond_init pthread_cond_wait pthread_cond_signal pthread_cond_broadcast"
)
POSIX = {*f"{PTHREADS} clock_gettime posix_memalign hypotf".split()}

GLIBC = COMMON | POSIX | {"sincos", "sincosf"}
# Its sincos, and a memset that LLVM makes of loops, which memset_pattern(3) describes.
LIBSYSTEM = COMMON | POSIX | {"__sincos_stret", "__sincosf_stret", "memset_pattern16", "bzero"}
KERNEL32 = {
    *["InitializeSRWLock", "AcquireSRWLockExclusive", "ReleaseSRWLockExclusive"],
    *["InitializeConditionVariable", "SleepConditionVariableSRW"],
    *["WakeConditionVariable", "WakeAllConditionVariable", "CreateThread", "CloseHandle"],
    *["QueryPerformanceCounter", "QueryPerformanceFrequency"],
}
# __chkstk and _fltused are in the libraries that Microsoft's linker adds by itself.
UCRT = COMMON | KERNEL32 | {"__chkstk", "_fltused"}

EXPORTS = {"linux": GLIBC, "darwin": LIBSYSTEM, "win32": UCRT}
