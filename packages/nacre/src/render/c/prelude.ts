/**
 * What every rendered program begins with: types, and the operations that C has no operator for or leaves undefined where
 * WebAssembly does not. Nothing is included and nothing of libm is called, so a program needs no headers and no libraries.
 *
 * Loops over lanes are what both gcc and clang turn into one instruction (checked in the assembly of gcc 12 and clang 14 for AVX2
 * and AVX-512); gcc has no vector `?:` in C and clang no vector shuffle by a variable, so neither is used.
 */
export function prelude(lanes: number, contract: boolean): string {
  const vectors =
    lanes > 1
      ? `#define LANES ${lanes}\n${vectorTypes}${alternates(lanes)}${splats(lanes)}${folds(lanes)}`
      : '';
  return `${contract ? '#define CONTRACT 1\n' : ''}${scalars}${vectors}`;
}

const scalars = `\
#pragma GCC diagnostic ignored "-Wpsabi"
typedef __INT32_TYPE__ i32;
typedef __UINT32_TYPE__ u32;
typedef __INT64_TYPE__ i64;
typedef __UINT64_TYPE__ u64;
typedef float f32;
typedef double f64;
#define INLINE static inline __attribute__((always_inline, unused))

/* Elements in memory: what lies in the heap has whatever type a kernel reads it as. */
typedef float mem_float32 __attribute__((may_alias));
typedef double mem_float64 __attribute__((may_alias));
typedef i32 mem_int32 __attribute__((may_alias));
typedef u32 mem_uint32 __attribute__((may_alias));
typedef unsigned char mem_uint8;
typedef signed char mem_int8;
typedef unsigned char mem_bool;
typedef __UINT16_TYPE__ mem_float16 __attribute__((may_alias));
typedef __UINT16_TYPE__ mem_bfloat16 __attribute__((may_alias));
typedef __UINT16_TYPE__ mem_uint16 __attribute__((may_alias));

INLINE i32 bits_f32(f32 x) { i32 r; __builtin_memcpy(&r, &x, 4); return r; }
INLINE f32 from_bits_f32(i32 x) { f32 r; __builtin_memcpy(&r, &x, 4); return r; }
INLINE i64 bits_f64(f64 x) { i64 r; __builtin_memcpy(&r, &x, 8); return r; }
INLINE f64 from_bits_f64(i64 x) { f64 r; __builtin_memcpy(&r, &x, 8); return r; }

INLINE i32 lesser_i32(i32 a, i32 b) { return a < b ? a : b; }
INLINE i32 greater_i32(i32 a, i32 b) { return a < b ? b : a; }
INLINE i32 abs_i32(i32 x) { return x < 0 ? (i32)(0u - (u32)x) : x; }
INLINE i32 div_i32(i32 a, i32 b) { return b == -1 ? (i32)(0u - (u32)a) : a / b; }
INLINE i32 rem_i32(i32 a, i32 b) { return b == -1 ? 0 : a % b; }

/* Two numbers either way round differ only in zeros of unlike sign, and where one is NaN: joining the bits settles both. */
#define EXTREMA(T, I, magnitude) \\
  INLINE T lesser_##T(T a, T b) { return a < b ? a : b; } \\
  INLINE T greater_##T(T a, T b) { return a < b ? b : a; } \\
  INLINE T min_##T(T a, T b) { \\
    return from_bits_##T(bits_##T(lesser_##T(a, b)) | bits_##T(lesser_##T(b, a))); \\
  } \\
  INLINE T max_##T(T a, T b) { \\
    I x = bits_##T(greater_##T(a, b)), y = bits_##T(greater_##T(b, a)); \\
    return from_bits_##T((x & y) | ((x | y) & magnitude)); \\
  }
EXTREMA(f32, i32, 0x7fffffff)
EXTREMA(f64, i64, 0x7fffffffffffffff)
INLINE i32 min_i32(i32 a, i32 b) { return lesser_i32(a, b); }
INLINE i32 max_i32(i32 a, i32 b) { return greater_i32(a, b); }

INLINE i32 i32_of_f32(f32 x) {
  return x >= 2147483648.0f ? 2147483647 : x >= -2147483648.0f ? (i32)x : x == x ? -2147483647 - 1 : 0;
}
INLINE i32 i32_of_f64(f64 x) {
  return x >= 2147483648.0 ? 2147483647 : x > -2147483649.0 ? (i32)x : x == x ? -2147483647 - 1 : 0;
}

INLINE f32 abs_f32(f32 x) { return __builtin_fabsf(x); }
INLINE f64 abs_f64(f64 x) { return __builtin_fabs(x); }
INLINE f32 sqrt_f32(f32 x) { return __builtin_sqrtf(x); }
INLINE f64 sqrt_f64(f64 x) { return __builtin_sqrt(x); }
INLINE f32 copysign_f32(f32 x, f32 y) { return __builtin_copysignf(x, y); }
INLINE f64 copysign_f64(f64 x, f64 y) { return __builtin_copysign(x, y); }

#if defined __SSE4_1__ || defined __aarch64__
INLINE f32 floor_f32(f32 x) { return __builtin_floorf(x); }
INLINE f32 ceil_f32(f32 x) { return __builtin_ceilf(x); }
INLINE f32 trunc_f32(f32 x) { return __builtin_truncf(x); }
INLINE f32 nearest_f32(f32 x) { return __builtin_rintf(x); }
INLINE f64 floor_f64(f64 x) { return __builtin_floor(x); }
INLINE f64 ceil_f64(f64 x) { return __builtin_ceil(x); }
INLINE f64 trunc_f64(f64 x) { return __builtin_trunc(x); }
INLINE f64 nearest_f64(f64 x) { return __builtin_rint(x); }
#else
/* Without an instruction these would be calls of libm. From 'whole' on every float is a whole number. */
#define ROUNDING(T, I, whole) \\
  INLINE T trunc_##T(T x) { return abs_##T(x) < whole ? copysign_##T((T)(I)x, x) : x; } \\
  INLINE T floor_##T(T x) { T t = trunc_##T(x); return t > x ? t - 1 : t; } \\
  INLINE T ceil_##T(T x) { T t = trunc_##T(x); return t < x ? copysign_##T(t + 1, x) : t; } \\
  INLINE T nearest_##T(T x) { \\
    return abs_##T(x) < whole ? copysign_##T((abs_##T(x) + whole) - whole, x) : x; \\
  }
ROUNDING(f32, i32, 8388608.0f)
ROUNDING(f64, i64, 4503599627370496.0)
#endif

/* 2^n, the exponent and the mantissa of positive normal numbers. */
INLINE f32 exp2i_f32(i32 n) { return from_bits_f32((i32)(((u32)n + 127u) << 23)); }
INLINE f64 exp2i_f64(i32 n) { return from_bits_f64((i64)((u64)((u32)n + 1023u) << 52)); }
INLINE i32 exponent_f32(f32 x) { return ((bits_f32(x) >> 23) & 255) - 127; }
INLINE i32 exponent_f64(f64 x) { return ((i32)(bits_f64(x) >> 52) & 2047) - 1023; }
INLINE f32 mantissa_f32(f32 x) { return from_bits_f32((bits_f32(x) & 0x7fffff) | 0x3f800000); }
INLINE f64 mantissa_f64(f64 x) { return from_bits_f64((bits_f64(x) & 0xfffffffffffff) | ((i64)1023 << 52)); }

/*
 * A value that the compiler may not look behind. clang up to 22 gets three-operand logic wrong on AVX-512 where a select keeps
 * one of its operands (LLVM issue 157929): such selects are kept apart from what they choose between.
 */
#if defined __clang__ && defined __AVX512F__
#define SETTLED(T) INLINE T settled_##T(T x) { __asm__("" : "+v"(x)); return x; }
#define SETTLED_INTEGER(T) INLINE T settled_##T(T x) { __asm__("" : "+r"(x)); return x; }
#else
#define SETTLED(T) INLINE T settled_##T(T x) { return x; }
#define SETTLED_INTEGER(T) SETTLED(T)
#endif
SETTLED(f32)
SETTLED(f64)
SETTLED_INTEGER(i32)

/* x * 2^n for a whole n, in two steps within the normal exponents. */
INLINE f32 scale_f32(f32 x, f32 n) {
  i32 whole = i32_of_f32(n), half = whole >> 1;
  return x * exp2i_f32(half) * exp2i_f32((i32)((u32)whole - (u32)half));
}

/* A product added to a sum: the only place where a program may round once instead of twice. */
#if defined CONTRACT && (defined __FMA__ || defined __aarch64__)
INLINE f32 madd_f32(f32 x, f32 y, f32 sum) { return __builtin_fmaf(x, y, sum); }
INLINE f64 madd_f64(f64 x, f64 y, f64 sum) { return __builtin_fma(x, y, sum); }
#else
INLINE f32 madd_f32(f32 x, f32 y, f32 sum) { return sum + x * y; }
INLINE f64 madd_f64(f64 x, f64 y, f64 sum) { return sum + x * y; }
#endif

/* Whoever finds the status word empty leaves its report; later ones are dropped. */
static __attribute__((noinline, cold, unused)) void fail(mem_int32 *status, i32 code, i32 value) {
  i32 empty = 0;
  if (__atomic_compare_exchange_n(status, &empty, code, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) status[1] = value;
}
`;

const vectorTypes = `
/* LANES numbers side by side; masks are all ones or all zeros in each lane. */
typedef f32 f32v __attribute__((vector_size(4 * LANES)));
typedef i32 i32v __attribute__((vector_size(4 * LANES)));
typedef u32 u32v __attribute__((vector_size(4 * LANES)));
typedef __UINT16_TYPE__ u16v __attribute__((vector_size(2 * LANES)));
typedef __INT16_TYPE__ i16v __attribute__((vector_size(2 * LANES)));
typedef unsigned char u8v __attribute__((vector_size(LANES)));
typedef signed char i8v __attribute__((vector_size(LANES)));
typedef f32v memv_float32 __attribute__((may_alias, aligned(4)));
typedef i32v memv_int32 __attribute__((may_alias, aligned(4)));
typedef u16v memv_uint16 __attribute__((may_alias, aligned(2)));
typedef u8v memv_uint8 __attribute__((may_alias, aligned(1)));
typedef i8v memv_int8 __attribute__((may_alias, aligned(1)));

/* Each step doubles or halves the elements: of a longer one gcc makes single numbers. */
INLINE f32v load_float32(const char *at) { return *(const memv_float32 *)at; }
INLINE i32v load_int32(const char *at) { return *(const memv_int32 *)at; }
INLINE i32v load_uint16(const char *at) { return (i32v)__builtin_convertvector(*(const memv_uint16 *)at, u32v); }
INLINE i32v load_uint8(const char *at) {
  return (i32v)__builtin_convertvector(__builtin_convertvector(*(const memv_uint8 *)at, u16v), u32v);
}
INLINE i32v load_int8(const char *at) {
  return __builtin_convertvector(__builtin_convertvector(*(const memv_int8 *)at, i16v), i32v);
}
INLINE i32v load_bool(const char *at) { return (i32v)(load_uint8(at) != 0); }
INLINE void store_float32(char *at, f32v x) { *(memv_float32 *)at = x; }
INLINE void store_int32(char *at, i32v x) { *(memv_int32 *)at = x; }
INLINE void store_uint16(char *at, i32v x) { *(memv_uint16 *)at = __builtin_convertvector((u32v)x, u16v); }
INLINE void store_uint8(char *at, i32v x) {
  *(memv_uint8 *)at = __builtin_convertvector(__builtin_convertvector((u32v)x, u16v), u8v);
}
INLINE void store_bool(char *at, i32v x) { store_uint8(at, x & 1); }

/*
 * Written past the caches, unless it lies over something that is read (not alone) or begins elsewhere than a vector should: a line of the
 * result need not be fetched to be written. Others see it for certain after streamed().
 */
typedef f32v whole_f32v __attribute__((may_alias));
#if defined __clang__
#define STREAM(at, x) __builtin_nontemporal_store(x, (whole_f32v *)(at))
#elif LANES == 16 && defined __AVX512F__
#define STREAM(at, x) __builtin_ia32_movntps512((float *)(at), x)
#elif LANES == 8 && defined __AVX__
#define STREAM(at, x) __builtin_ia32_movntps256((float *)(at), x)
#elif LANES == 4 && defined __SSE__
#define STREAM(at, x) __builtin_ia32_movntps((float *)(at), x)
#else
#define STREAM(at, x) store_float32(at, x)
#endif
INLINE void stream_float32(char *at, f32v x, int alone) {
  if (alone && !((__UINTPTR_TYPE__)at & (sizeof x - 1))) STREAM(at, x);
  else store_float32(at, x);
}
INLINE void stream_int32(char *at, i32v x, int alone) { stream_float32(at, (f32v)x, alone); }
INLINE void streamed(void) {
#if defined __SSE__
  __builtin_ia32_sfence();
#endif
}

SETTLED(f32v)
SETTLED(i32v)

/* A vector that stays in a register. */
#if defined __GNUC__ && !defined __clang__ && defined __AVX__
INLINE f32v held_f32v(f32v x) { __asm__("" : "+v"(x)); return x; }
#else
INLINE f32v held_f32v(f32v x) { return x; }
#endif

#define LANEWISE for (int lane = 0; lane < LANES; lane++)

/* The first n elements, 0 in the other lanes; nothing else is read or written. Masks are slow where half a register would do. */
#if defined __AVX__
#define HALF(name, modifier, bytes) \\
  struct name { char at[bytes]; }; \\
  INLINE f32v load_##name(const char *at) { \\
    f32v x; \\
    __asm__("vmovups %1, %" modifier "0" : "=v"(x) : "m"(*(const struct name *)at)); \\
    return x; \\
  } \\
  INLINE void store_##name(char *at, f32v x) { \\
    __asm__("vmovups %" modifier "1, %0" : "=m"(*(struct name *)at) : "v"(x)); \\
  }
HALF(four, "x", 16)
HALF(eight, "t", 32)
#endif
#if LANES == 16 && defined __AVX512F__
INLINE f32v load_part_float32(const char *at, int n) {
  if (n == 8) return load_eight(at);
  if (n == 4) return load_four(at);
  return (f32v)__builtin_ia32_loadups512_mask((const float *)at, (f32v){0}, (unsigned short)((1u << n) - 1));
}
INLINE void store_part_float32(char *at, f32v x, int n) {
  if (n == 8) { store_eight(at, x); return; }
  if (n == 4) { store_four(at, x); return; }
  __builtin_ia32_storeups512_mask((float *)at, x, (unsigned short)((1u << n) - 1));
}
#elif LANES == 8 && defined __AVX__
INLINE i32v first_lanes(int n) { i32v r; LANEWISE r[lane] = lane < n ? -1 : 0; return r; }
INLINE f32v load_part_float32(const char *at, int n) {
  if (n == 4) return load_four(at);
  return (f32v)__builtin_ia32_maskloadps256((const f32v *)at, first_lanes(n));
}
INLINE void store_part_float32(char *at, f32v x, int n) {
  if (n == 4) { store_four(at, x); return; }
  __builtin_ia32_maskstoreps256((f32v *)at, first_lanes(n), x);
}
#else
INLINE f32v load_part_float32(const char *at, int n) {
  f32v r;
  LANEWISE r[lane] = lane < n ? ((const mem_float32 *)at)[lane] : 0;
  return r;
}
INLINE void store_part_float32(char *at, f32v x, int n) {
  LANEWISE if (lane < n) ((mem_float32 *)at)[lane] = x[lane];
}
#endif
INLINE i32v load_part_int32(const char *at, int n) { return (i32v)load_part_float32(at, n); }
INLINE void store_part_int32(char *at, i32v x, int n) { store_part_float32(at, (f32v)x, n); }
#define PARTS(name) \\
  INLINE i32v load_part_##name(const char *at, int n) { \\
    i32v r; \\
    LANEWISE r[lane] = lane < n ? ((const mem_##name *)at)[lane] : 0; \\
    return r; \\
  } \\
  INLINE void store_part_##name(char *at, i32v x, int n) { \\
    LANEWISE if (lane < n) ((mem_##name *)at)[lane] = (mem_##name)x[lane]; \\
  }
PARTS(uint16)
PARTS(uint8)
PARTS(int8)
INLINE i32v load_part_bool(const char *at, int n) { return (i32v)(load_part_uint8(at, n) != 0); }
INLINE void store_part_bool(char *at, i32v x, int n) { store_part_uint8(at, x & 1, n); }
INLINE f32v select_f32v(i32v m, f32v x, f32v y) { return (f32v)((m & (i32v)x) | (~m & (i32v)y)); }
INLINE i32v select_i32v(i32v m, i32v x, i32v y) { return (m & x) | (~m & y); }

#if defined __AVX__
/* What the loops below mean: in front of a constant gcc makes a comparison and a choice of them. */
INLINE f32v lesser_f32v(f32v a, f32v b) { f32v r; __asm__("vminps %2, %1, %0" : "=v"(r) : "v"(a), "v"(b)); return r; }
INLINE f32v greater_f32v(f32v a, f32v b) { f32v r; __asm__("vmaxps %2, %1, %0" : "=v"(r) : "v"(b), "v"(a)); return r; }
#else
INLINE f32v lesser_f32v(f32v a, f32v b) { f32v r; LANEWISE r[lane] = lesser_f32(a[lane], b[lane]); return r; }
INLINE f32v greater_f32v(f32v a, f32v b) { f32v r; LANEWISE r[lane] = greater_f32(a[lane], b[lane]); return r; }
#endif
INLINE f32v min_f32v(f32v a, f32v b) { return (f32v)((i32v)lesser_f32v(a, b) | (i32v)lesser_f32v(b, a)); }
INLINE f32v max_f32v(f32v a, f32v b) {
  i32v x = (i32v)greater_f32v(a, b), y = (i32v)greater_f32v(b, a);
  return (f32v)((x & y) | ((x | y) & 0x7fffffff));
}
INLINE i32v min_i32v(i32v a, i32v b) { i32v r; LANEWISE r[lane] = lesser_i32(a[lane], b[lane]); return r; }
INLINE i32v max_i32v(i32v a, i32v b) { i32v r; LANEWISE r[lane] = greater_i32(a[lane], b[lane]); return r; }
INLINE i32v abs_i32v(i32v x) { return (i32v)(((u32v)x ^ (u32v)(x < 0)) - (u32v)(x < 0)); }
INLINE f32v abs_f32v(f32v x) { return (f32v)((i32v)x & 0x7fffffff); }
INLINE f32v copysign_f32v(f32v x, f32v y) {
  return (f32v)(((i32v)x & 0x7fffffff) | ((i32v)y & (-0x7fffffff - 1)));
}
INLINE f32v sqrt_f32v(f32v x) { f32v r; LANEWISE r[lane] = sqrt_f32(x[lane]); return r; }
INLINE f32v floor_f32v(f32v x) { f32v r; LANEWISE r[lane] = floor_f32(x[lane]); return r; }
INLINE f32v ceil_f32v(f32v x) { f32v r; LANEWISE r[lane] = ceil_f32(x[lane]); return r; }
INLINE f32v trunc_f32v(f32v x) { f32v r; LANEWISE r[lane] = trunc_f32(x[lane]); return r; }
INLINE f32v nearest_f32v(f32v x) { f32v r; LANEWISE r[lane] = nearest_f32(x[lane]); return r; }
INLINE f32v madd_f32v(f32v x, f32v y, f32v sum) {
  f32v r;
  LANEWISE r[lane] = madd_f32(x[lane], y[lane], sum[lane]);
  return r;
}
INLINE f32v exp2i_f32v(i32v n) { return (f32v)(((u32v)n + 127u) << 23); }
#if LANES == 16 && defined __AVX512F__
INLINE f32v scale_f32v(f32v x, f32v n) { f32v r; __asm__("vscalefps %2, %1, %0" : "=v"(r) : "v"(x), "v"(n)); return r; }
#else
/* In two steps, each within the normal exponents. */
INLINE f32v scale_f32v(f32v x, f32v n) {
  i32v whole = __builtin_convertvector(n, i32v), half = whole >> 1;
  return x * exp2i_f32v(half) * exp2i_f32v(whole - half);
}
#endif
INLINE i32v exponent_f32v(f32v x) { return (((i32v)x >> 23) & 255) - 127; }
INLINE f32v mantissa_f32v(f32v x) { return (f32v)(((i32v)x & 0x7fffff) | 0x3f800000); }
INLINE f32v f32v_of_i32v(i32v x) { return __builtin_convertvector(x, f32v); }
/* Only what fits is converted: the rest is undefined in C. */
INLINE i32v i32v_of_f32v(f32v x) {
  i32v high = (i32v)(x >= 2147483648.0f), low = (i32v)(x < -2147483648.0f), number = (i32v)(x == x);
  i32v inside = number & ~(high | low);
  i32v whole = __builtin_convertvector((f32v)((i32v)x & inside), i32v);
  return whole | (high & 0x7fffffff) | (low & (-0x7fffffff - 1));
}

#ifdef __clang__
#define SHUFFLE(x, ...) __builtin_shufflevector(x, x, __VA_ARGS__)
#else
#define SHUFFLE(x, ...) __builtin_shuffle(x, (i32v){__VA_ARGS__})
#endif
`;

/** Every second of 2n - 1 elements. */
function alternates(lanes: number): string {
  const even = Array.from({ length: lanes }, (_, lane) => 2 * lane).join(', ');
  return `#ifdef __clang__
#define BETWEEN(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
#define BETWEEN(x, y, ...) __builtin_shuffle(x, y, (i32v){__VA_ARGS__})
#endif
INLINE f32v load_alternate_float32(const char *at, int n) {
  int low = 2 * n - 1 < LANES ? 2 * n - 1 : LANES, high = 2 * n - 1 - low;
  f32v x = low == LANES ? load_float32(at) : load_part_float32(at, low);
  f32v y = high ? load_part_float32(at + 4 * LANES, high) : x;
  return BETWEEN(x, y, ${even});
}
INLINE i32v load_alternate_int32(const char *at, int n) { return (i32v)load_alternate_float32(at, n); }
`;
}

/** A scalar in every lane. */
function splats(lanes: number): string {
  const x = new Array(lanes).fill('x').join(', ');
  return `INLINE f32v splat_f32(f32 x) { return (f32v){${x}}; }
INLINE i32v splat_i32(i32 x) { return (i32v){${x}}; }
`;
}

/** All lanes combined, the upper half with the lower until one is left. */
function folds(lanes: number): string {
  const steps: string[] = [];
  for (let half = lanes / 2; half >= 1; half /= 2) {
    const from = Array.from({ length: lanes }, (_, lane) => (lane % half) + half);
    steps.push(`  y = SHUFFLE(x, ${from.join(', ')}); x = step; \\\n`);
  }
  return `#define FOLD(name, T, step) INLINE T fold_##name##_##T(T##v x) { \\
  T##v y; \\
${steps.join('')}  return x[0]; \\
}
FOLD(add, f32, x + y)
FOLD(mul, f32, x * y)
FOLD(min, f32, min_f32v(x, y))
FOLD(max, f32, max_f32v(x, y))
FOLD(add, i32, (i32v)((u32v)x + (u32v)y))
FOLD(mul, i32, (i32v)((u32v)x * (u32v)y))
FOLD(min, i32, min_i32v(x, y))
FOLD(max, i32, max_i32v(x, y))
FOLD(and, i32, x & y)
FOLD(or, i32, x | y)
`;
}
