/* newcomer: reads whole files by pread, one after the other. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <iodyno/backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PIECE 65536 /* a multiple of 4096, as each piece delivered is */

struct iodyno_session {
  const iodyno_config* config; /* valid until close() */
  char room[PIECE];
};

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int fail(iodyno_error* error, int code, const char* text) {
  snprintf(error->text, sizeof error->text, "%s", text);
  return error->code = code;
}

static int open_session(const iodyno_config* config, iodyno_session** session, uint64_t* ops,
                        iodyno_error* error) {
  if (config->flags != 0) return fail(error, ENOTSUP, "unknown flags of the session");
  if ((*session = malloc(sizeof **session)) == NULL) return fail(error, ENOMEM, "no memory");
  (*session)->config = config;
  *ops = IODYNO_BIT(IODYNO_OP_READ);
  return 0;
}

/* The bytes read, or a negative errno value. Short and interrupted reads go on. */
static int64_t read_file(iodyno_session* s, int fd, uint32_t index, uint64_t length) {
  uint64_t done = 0;
  for (size_t filled = 0; done + filled < length;) {
    const uint64_t left = length - done - filled;
    const size_t want = left < PIECE - filled ? (size_t)left : PIECE - filled;
    const ssize_t count = pread(fd, s->room + filled, want, (off_t)(done + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    filled += (size_t)count;
    if (filled > 0 && (count == 0 || filled == PIECE || done + filled == length)) {
      s->config->host->deliver(s->config->host->self, index, done, s->room, filled);
      done += filled;
      filled = 0;
    }
    if (count == 0) break;
  }
  return done < length && length != IODYNO_SIZE_UNKNOWN ? -ENODATA : (int64_t)done;
}

static int64_t perform(iodyno_session* s, const iodyno_request* r, uint32_t index) {
  if (r->op != IODYNO_OP_READ || (r->flags & ~(unsigned)IODYNO_DURABLE)) return -ENOTSUP;
  const int fd = openat(s->config->dir_fd, r->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  const int64_t result = read_file(s, fd, index, r->length);
  close(fd);
  return result;
}

static int run_batch(iodyno_session* s, const iodyno_batch* b, iodyno_error* error) {
  if (b->flags & ~(unsigned)(IODYNO_UNTIMED | IODYNO_REHEARSAL))
    return fail(error, ENOTSUP, "unknown flags of the batch");
  const int timed = !(b->flags & IODYNO_UNTIMED);
  for (uint32_t i = 0; i < b->count; i++) {
    iodyno_completion* c = &b->completions[i];
    const uint64_t start = timed || b->deadline_ns != 0 ? now() : 0;
    if (b->deadline_ns != 0 && start >= b->deadline_ns) {
      c->error = ECANCELED;
      continue;
    }
    const int64_t result = perform(s, &b->requests[i], i);
    c->error = result < 0 ? (int32_t)-result : 0;
    c->bytes = result < 0 ? 0 : (uint64_t)result;
    if (timed) c->start_ns = start, c->end_ns = now();
  }
  return 0;
}

static void close_session(iodyno_session* session) { free(session); }

static const iodyno_backend backend = {
    .size = sizeof backend,
    .abi_major = IODYNO_ABI_MAJOR,
    .abi_minor = IODYNO_ABI_MINOR,
    .name = "newcomer",
    .version = "1.0",
    .summary = "open, pread to the end, close",
    .ops = IODYNO_BIT(IODYNO_OP_READ),
    .open = open_session,
    .run = run_batch,
    .close = close_session,
};

const iodyno_backend* iodyno_backend_entry(void) { return &backend; }
