/**
 * The thread pool of the native tier, in C11.
 *
 * One word says whether a job is open, for how many threads, and how many workers are inside. A worker joins by adding itself to
 * that word, so a job that has been closed cannot be entered, and its fields do not change while anybody reads them. The caller
 * is thread 0; it does the job with whoever comes, closes it, and waits for those inside, not for those on their way.
 *
 * `nacre_pool_wake_by_condition` chooses the portable way to sleep where the futex would be taken; for tests.
 */
export const poolSource = `#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#ifdef __APPLE__
#include <dlfcn.h>
#endif
#if defined(__linux__) && !defined(nacre_pool_wake_by_condition)
#define use_futex 1
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__x86_64__)
#define relax() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define relax() __asm__ __volatile__("yield")
#else
#define relax() ((void)0)
#endif

typedef void (*share_function)(char *, uint32_t, uint32_t, uint32_t, uint32_t, int, int);

enum {
  most_threads = 64,
  inside_mask = 0xffff,          /* workers inside the job */
  open_flag = 1 << 16,           /* the job may be entered */
  threads_shift = 17,            /* by workers below this number */
  spin_nanoseconds = 200 * 1000, /* before a worker sleeps; a step of training follows sooner */
  spins_before_yield = 4000,     /* about 50 us of waiting for those inside */
  spins_before_sleep = 400,
  stack_bytes = 2 << 20
};

/* A cache line each: what the caller writes must not disturb those who spin. */
#define own_line _Alignas(128)
static own_line _Atomic uint32_t epoch = 1;  /* counts jobs; workers sleep on it */
static own_line _Atomic uint32_t gate;       /* inside, open, threads */
static own_line _Atomic uint32_t sleeping;
static own_line _Atomic uint32_t wanted;     /* threads of the present setting; surplus workers sleep on it */
static _Atomic uint32_t parked;
static _Atomic int stopping;
static own_line atomic_flag busy = ATOMIC_FLAG_INIT; /* somebody runs a job, or starts or stops threads */

static struct {
  share_function share;
  char *base;
  uint32_t args, scratch, stride, status, sync;
} job;

/* Below: only whoever holds busy. */
static pthread_t workers[most_threads];
static int started;      /* workers 1..started exist */
static int refused;      /* the system gave no thread when so many were asked for */
static int watches_fork;

#ifdef use_futex
static void wait_while(_Atomic uint32_t *word, uint32_t value, _Atomic uint32_t *count) {
  atomic_fetch_add(count, 1);
  while (atomic_load(word) == value && !atomic_load(&stopping))
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
  atomic_fetch_sub(count, 1);
}
static void wake(_Atomic uint32_t *word, _Atomic uint32_t *count) {
  if (atomic_load(count) > 0) syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
static void forget_waiters(void) {}
#else
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static void wait_while(_Atomic uint32_t *word, uint32_t value, _Atomic uint32_t *count) {
  pthread_mutex_lock(&mutex);
  atomic_fetch_add(count, 1);
  while (atomic_load(word) == value && !atomic_load(&stopping)) pthread_cond_wait(&changed, &mutex);
  atomic_fetch_sub(count, 1);
  pthread_mutex_unlock(&mutex);
}
static void wake(_Atomic uint32_t *word, _Atomic uint32_t *count) {
  (void)word;
  if (atomic_load(count) == 0) return;
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}
static void forget_waiters(void) {
  pthread_mutex_init(&mutex, NULL);
  pthread_cond_init(&changed, NULL);
}
#endif

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* The next epoch after seen, spinning first. */
static uint32_t next_epoch(uint32_t seen) {
  uint32_t present;
  int64_t end = 0;
  for (int turn = 0; (present = atomic_load_explicit(&epoch, memory_order_acquire)) == seen; turn++) {
    relax();
    if (turn % 64 != 63) continue;
    int64_t time = now();
    if (end == 0) end = time + spin_nanoseconds;
    else if (time >= end) {
      wait_while(&epoch, seen, &sleeping);
      return atomic_load(&epoch);
    }
  }
  return present;
}

/* Enters the job if it is open for this worker. */
static int enter(uint32_t number) {
  uint32_t state = atomic_load_explicit(&gate, memory_order_relaxed);
  while ((state & open_flag) && number < state >> threads_shift)
    if (atomic_compare_exchange_weak_explicit(&gate, &state, state + 1, memory_order_acquire, memory_order_relaxed))
      return (int)(state >> threads_shift);
  return 0;
}

static void *work(void *given) {
  uint32_t number = (uint32_t)(uintptr_t)given;
  uint32_t seen = 0; /* no epoch: a job that is open already is entered */
  for (;;) {
    uint32_t threads = atomic_load(&wanted);
    if (number >= threads) {
      wait_while(&wanted, threads, &parked);
      seen = 0;
    } else
      seen = next_epoch(seen);
    if (atomic_load(&stopping)) return NULL;
    threads = (uint32_t)enter(number);
    if (!threads) continue;
    job.share(job.base, job.args, job.scratch + number * job.stride, job.status, job.sync, (int)number, (int)threads);
    atomic_fetch_sub_explicit(&gate, 1, memory_order_release);
  }
}

/* In a child after fork() there is only the thread that called it. */
static void forget_workers(void) {
  started = refused = 0;
  atomic_store(&gate, 0);
  atomic_store(&sleeping, 0);
  atomic_store(&parked, 0);
  atomic_store(&wanted, 0);
  atomic_store(&stopping, 0);
  forget_waiters();
  atomic_flag_clear(&busy);
}

static void start_workers(int count) {
  if (!watches_fork) {
    watches_fork = 1;
    pthread_atfork(NULL, NULL, forget_workers);
#ifdef __APPLE__
    /* Threads are in this code, so it stays when its library is closed; on Linux every library does. */
    Dl_info info;
    if (dladdr((void *)&epoch, &info)) dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
#endif
  }
  /* Signals are for the process's own threads; what a thread's own mistakes raise must stay open. */
  sigset_t blocked, before;
  sigfillset(&blocked);
  sigdelset(&blocked, SIGSEGV);
  sigdelset(&blocked, SIGBUS);
  sigdelset(&blocked, SIGILL);
  sigdelset(&blocked, SIGFPE);
  sigdelset(&blocked, SIGTRAP);
  sigdelset(&blocked, SIGABRT);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  while (started < count) {
    if (pthread_create(&workers[started + 1], &attributes, work, (void *)(uintptr_t)(started + 1))) {
      refused = count; /* the job is done by those there are */
      break;
    }
    started++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
}

void nacre_pool_run(share_function share, char *base, uint32_t args, uint32_t scratch, uint32_t scratchStride,
                    uint32_t status, uint32_t sync, uint32_t syncBytes, int threads) {
  if (threads > most_threads) threads = most_threads;
  if (threads < 1) threads = 1;
  memset(base + sync, 0, syncBytes);
  /* The pool is taken by another thread, or not needed: a job can always be done alone. */
  if (threads == 1 || atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) {
    share(base, args, scratch, status, sync, 0, threads);
    return;
  }
  if (atomic_load_explicit(&wanted, memory_order_relaxed) != (uint32_t)threads) {
    /* Workers that are surplus now notice when the job wakes them. */
    atomic_store(&wanted, (uint32_t)threads);
    wake(&wanted, &parked);
  }
  if (started < threads - 1 && refused != threads - 1) start_workers(threads - 1);
  job.share = share;
  job.base = base;
  job.args = args;
  job.scratch = scratch;
  job.stride = scratchStride;
  job.status = status;
  job.sync = sync;
  atomic_store_explicit(&gate, (uint32_t)threads << threads_shift | open_flag, memory_order_release);
  atomic_fetch_add(&epoch, 1);
  wake(&epoch, &sleeping);
  share(base, args, scratch, status, sync, 0, threads);
  atomic_fetch_and_explicit(&gate, ~(uint32_t)open_flag, memory_order_relaxed);
  for (int turn = 0; atomic_load_explicit(&gate, memory_order_acquire) & inside_mask; turn++) {
    if (turn < spins_before_yield) relax();
    else sched_yield();
  }
  atomic_flag_clear_explicit(&busy, memory_order_release);
}

/* A job of a caller that goes on meanwhile is begun once, by whoever comes first: another thread, or the caller that waits for it after all. */
enum { job_waits, job_runs, job_has_ended };
static _Atomic uint32_t waiting;

void nacre_pool_run_aside(share_function share, char *base, uint32_t args, uint32_t scratch, uint32_t scratchStride,
                          uint32_t status, uint32_t sync, uint32_t syncBytes, int threads, _Atomic uint32_t *state) {
  uint32_t present = job_waits;
  if (!atomic_compare_exchange_strong(state, &present, job_runs)) return;
  nacre_pool_run(share, base, args, scratch, scratchStride, status, sync, syncBytes, threads);
  atomic_store(state, job_has_ended);
  wake(state, &waiting);
}

/* Waits for the end of a job without keeping a processor busy for long: the job may need it. */
void nacre_pool_wait(share_function share, char *base, uint32_t args, uint32_t scratch, uint32_t scratchStride,
                     uint32_t status, uint32_t sync, uint32_t syncBytes, int threads, _Atomic uint32_t *state) {
  nacre_pool_run_aside(share, base, args, scratch, scratchStride, status, sync, syncBytes, threads, state);
  for (int turn = 0; atomic_load(state) != job_has_ended; turn++) {
    if (turn < spins_before_sleep) relax();
    else wait_while(state, job_runs, &waiting);
  }
}

/* Waits for a running job, then for the threads to end. The next job starts new ones. */
void nacre_pool_stop(void) {
  while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) sched_yield();
  atomic_store(&stopping, 1);
  atomic_fetch_add(&epoch, 1);
  atomic_fetch_add(&wanted, most_threads);
  wake(&epoch, &sleeping);
  wake(&wanted, &parked);
  for (int i = 1; i <= started; i++) pthread_join(workers[i], NULL);
  started = refused = 0;
  atomic_store(&wanted, 0);
  atomic_store(&stopping, 0);
  atomic_flag_clear_explicit(&busy, memory_order_release);
}
`;
