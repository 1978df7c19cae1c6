/* null - no I/O, in exactly the time that it is told to take. For the tests of the host, and to
 * measure what the host itself costs. Also the example of a backend in plain C. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <iodyno/backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
#define EVERY_OP (IODYNO_BIT(IODYNO_OP_COUNT) - 1)

struct iodyno_session {
  uint64_t latency;
  uint32_t depth;
  uint32_t paced;
  uint64_t slot_free[]; /* when each of the depth slots is idle again */
};

static const iodyno_option options[] = {
    {.name = "latency",
     .doc = "What every request takes; 0 ns costs as little as can be.",
     .type = IODYNO_TIME,
     .fallback = {.i = 1000},
     .max = {.i = INT64_C(3600) * 1000000000}},
};

static int fail(iodyno_error* error, int code, const char* text) {
  error->code = code;
  snprintf(error->text, sizeof error->text, "%s", text);
  return code;
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t when) {
  const struct timespec t = {(time_t)(when / NS_PER_S), (long)(when % NS_PER_S)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
  }
}

static int null_open(const iodyno_config* config, iodyno_session** session, uint64_t* ops,
                     iodyno_error* error) {
  if (config->flags & ~(uint32_t)(IODYNO_DIRECT | IODYNO_PACED))
    return fail(error, ENOTSUP, "unknown flags of the session");
  iodyno_session* s = malloc(sizeof *s + config->queue_depth * sizeof s->slot_free[0]);
  if (s == NULL) return fail(error, ENOMEM, "no memory for the session");
  s->latency = (uint64_t)config->options[0].i;
  s->depth = config->queue_depth;
  s->paced = config->flags & IODYNO_PACED;
  *session = s;
  *ops = EVERY_OP;
  return 0;
}

static int null_open_files(iodyno_session* session, const char* const* paths, uint32_t count,
                           uint32_t flags, iodyno_error* error) {
  (void)session, (void)paths, (void)count;
  if (flags & ~(uint32_t)IODYNO_WRITABLE) return fail(error, ENOTSUP, "unknown flags of the set");
  return 0;
}

/* Moves as many bytes as the request says: what the host expects of each operation. */
static void finish(iodyno_completion* c, const iodyno_request* r, uint64_t start, uint64_t end) {
  c->error = 0;
  c->bytes = r->length == IODYNO_SIZE_UNKNOWN ? 0 : r->length;
  c->start_ns = start;
  c->end_ns = end;
}

/* Without latency, schedule or deadline there is one stamp for all, and one pass over the arrays.
 */
static void run_at_once(const iodyno_batch* b, uint64_t stamp) {
  for (uint32_t i = 0; i < b->count; i++) finish(&b->completions[i], &b->requests[i], stamp, stamp);
}

/* The slots work side by side and are never idle, unless paced: request i waits in slot i % depth
 * for the one before it. Returns the last end. */
static uint64_t run_in_slots(iodyno_session* s, const iodyno_batch* b) {
  const int timed = !(b->flags & IODYNO_UNTIMED);
  const uint64_t base = now();
  uint64_t last = base;
  for (uint32_t slot = 0; slot < s->depth; slot++) s->slot_free[slot] = base;
  for (uint32_t i = 0, slot = 0; i < b->count; i++, slot = slot + 1 < s->depth ? slot + 1 : 0) {
    const iodyno_request* r = &b->requests[i];
    uint64_t start = s->slot_free[slot];
    if (s->paced && start < r->not_before_ns) start = r->not_before_ns;
    if (b->deadline_ns != 0 && start >= b->deadline_ns) {
      b->completions[i].error = ECANCELED;
      continue;
    }
    const uint64_t end = s->slot_free[slot] = start + s->latency;
    finish(&b->completions[i], r, timed ? start : 0, timed ? end : 0);
    if (last < end) last = end;
  }
  return last;
}

static int null_run(iodyno_session* s, const iodyno_batch* b, iodyno_error* error) {
  if (b->flags & ~(uint32_t)(IODYNO_UNTIMED | IODYNO_REHEARSAL))
    return fail(error, ENOTSUP, "unknown flags of the batch");
  if (s->latency == 0 && !s->paced && b->deadline_ns == 0) {
    run_at_once(b, b->flags & IODYNO_UNTIMED ? 0 : now());
    return 0;
  }
  const uint64_t last = run_in_slots(s, b);
  if (s->latency != 0 || s->paced) sleep_until(last); /* so that the stamps lie inside of run() */
  return 0;
}

static void null_close(iodyno_session* session) { free(session); }

static const iodyno_backend backend = {
    .size = sizeof backend,
    .abi_major = IODYNO_ABI_MAJOR,
    .abi_minor = IODYNO_ABI_MINOR,
    .name = "null",
    .version = "1.0",
    .summary = "no I/O: exact synthetic latencies, to test the host and to measure its own cost",
    .ops = EVERY_OP,
    .flags = IODYNO_DIRECT | IODYNO_PACED | IODYNO_SYNTHETIC,
    .option_count = sizeof options / sizeof options[0],
    .option_size = sizeof(iodyno_option),
    .options = options,
    .open = null_open,
    .open_files = null_open_files,
    .run = null_run,
    .close = null_close,
};

const iodyno_backend* iodyno_backend_entry(void) { return &backend; }
