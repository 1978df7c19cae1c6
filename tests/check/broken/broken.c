/* The sessions of the backend, and their time. */
#define _GNU_SOURCE
#include "broken.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)
#define MILLISECOND UINT64_C(1000000)

#define OPS                                                                                      \
  (IODYNO_BIT(IODYNO_OP_CREATE) | IODYNO_BIT(IODYNO_OP_READ) | IODYNO_BIT(IODYNO_OP_OVERWRITE) | \
   IODYNO_BIT(IODYNO_OP_APPEND) | IODYNO_BIT(IODYNO_OP_REWRITE) | IODYNO_BIT(IODYNO_OP_COPY) |   \
   IODYNO_BIT(IODYNO_OP_DELETE) | IODYNO_BIT(IODYNO_OP_STAT) | IODYNO_BIT(IODYNO_OP_RENAME) |    \
   IODYNO_BIT(IODYNO_OP_LIST) | IODYNO_BIT(IODYNO_OP_READ_BLOCK) |                               \
   IODYNO_BIT(IODYNO_OP_WRITE_BLOCK) | IODYNO_BIT(IODYNO_OP_FSYNC) |                             \
   (BROKEN(claims_link) ? IODYNO_BIT(IODYNO_OP_LINK) : 0))

static const iodyno_option options[] = {
    {.name = "chunk",
     .doc = "How many bytes it moves at once.",
     .type = IODYNO_SIZE,
     .fallback = {.i = 16384},
     .min = {.i = 4096},
     .max = {.i = 1 << 20}},
};

uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t when) {
  const struct timespec t = {(time_t)(when / NS_PER_S), (long)(when % NS_PER_S)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
  }
}

static void crash(void) {
  signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would make an exit of it */
  raise(SIGSEGV);
}

static void hang(void) {
  while (1) pause();
}

__attribute__((constructor)) static void load(void) {
  if (BROKEN(crashes_on_load)) crash();
}

static int fail(iodyno_error* error, int code, const char* text) {
  error->code = code;
  snprintf(error->text, sizeof error->text, "%s", text);
  return code;
}

static void* sleep_for_ever(void* nothing) {
  hang();
  return nothing;
}

static void* note_something(void* session) {
  const iodyno_host* h = ((iodyno_session*)session)->host;
  h->note(h->self, "thread", "another one");
  return NULL;
}

static void on_thread(void* (*body)(void*), void* argument, int join) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, argument) != 0) abort();
  if (join)
    pthread_join(thread, NULL);
  else
    pthread_detach(thread);
}

/* What is not the plugin's. */
static void change_the_process(void) {
  if (BROKEN(changes_directory) && chdir("/") != 0) abort();
  if (BROKEN(changes_umask)) umask(077);
  if (BROKEN(changes_handler)) signal(SIGPIPE, SIG_IGN);
  if (BROKEN(changes_locale)) setlocale(LC_ALL, "C.UTF-8");
  if (BROKEN(blocks_signal)) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &one, NULL);
  }
}

static void leak(void) {
  if (BROKEN(leaks_by_session) && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) abort();
  if (BROKEN(leaks_memory)) {
    char* volatile lost = malloc(2000);
    if (lost != NULL) *lost = 1;
  }
  if (BROKEN(leaks_mapping)) {
    void* lost = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lost != MAP_FAILED) memset(lost, 1, 1 << 20);
  }
}

static mode_t mask_before;

static int broken_open(const iodyno_config* config, iodyno_session** session, uint64_t* ops,
                       iodyno_error* error) {
  if (BROKEN(crashes_in_open)) crash();
  if (BROKEN(crashes_at_most) && config->options[0].i == options[0].max.i) crash();
  if (BROKEN(open_says_nothing)) return error->code = EIO;
  if (BROKEN(open_says_two)) return fail(error, EIO, "it is EINVAL"), EINVAL;
  if (BROKEN(refuses_later_host) && config->size != sizeof *config)
    return fail(error, EINVAL, "a config of another size");
  if ((config->flags & ~(uint32_t)IODYNO_PACED) && !BROKEN(takes_session_flags))
    return fail(error, ENOTSUP, "unknown flags of the session");
  iodyno_session* s = calloc(1, sizeof *s);
  if (s == NULL) return fail(error, ENOMEM, "no memory for the session");
  s->host = config->host;
  s->dir = config->dir_fd;
  s->dir2 = config->dir_fd2;
  s->flags = config->flags;
  s->source = config->source;
  s->source_size = config->source_size;
  s->source_tail = config->source_tail;
  s->chunk = (size_t)config->options[0].i;
  s->buffer = calloc(1, s->chunk);
  if (s->buffer == NULL) {
    free(s);
    return fail(error, ENOMEM, "no memory for the buffer");
  }
  if (BROKEN(reads_past_buffers) && config->buffers != NULL)
    memset((char*)config->buffers + config->queue_depth * config->buffer_size, 0, 1);
  if (BROKEN(open_says_all_is_well)) fail(error, 0, "success");
  if (BROKEN(changes_for_a_session)) mask_before = umask(077);
  if (BROKEN(prints)) puts("hello");
  if (BROKEN(mutters)) fputs("warning: something\n", stderr);
  if (BROKEN(notes_from_thread)) on_thread(note_something, s, 1);
  if (BROKEN(leaves_thread)) on_thread(sleep_for_ever, NULL, 0);
  change_the_process();
  leak();
  *session = s;
  *ops = OPS | (BROKEN(reports_more) ? IODYNO_BIT(IODYNO_OP_LINK) : 0);
  return 0;
}

static void close_set(iodyno_session* s) {
  for (uint32_t i = 0; i < s->set_count && !BROKEN(leaks_set); i++) close(s->set[i]);
  free(s->set);
  s->set = NULL;
  s->set_count = 0;
}

static int broken_open_files(iodyno_session* s, const char* const* paths, uint32_t count,
                             uint32_t flags, iodyno_error* error) {
  if ((flags & ~(uint32_t)IODYNO_WRITABLE) && !BROKEN(takes_set_flags))
    return fail(error, ENOTSUP, "unknown flags of the set");
  const int how = (flags & IODYNO_WRITABLE ? O_RDWR : O_RDONLY) | O_CLOEXEC;
  for (uint32_t i = 0; i < count && BROKEN(keeps_old_set); i++)
    if (faccessat(s->dir, paths[i], R_OK, 0) != 0) return fail(error, errno, paths[i]);
  close_set(s);
  s->set = calloc(count + 1, sizeof s->set[0]);
  if (s->set == NULL) return fail(error, ENOMEM, "no memory for the set");
  for (; s->set_count < count; s->set_count++) {
    const int fd = s->set[s->set_count] = openat(s->dir, paths[s->set_count], how);
    if (fd >= 0) continue;
    const int code = fail(error, errno, paths[s->set_count]);
    close_set(s);
    if (BROKEN(set_says_nothing)) memset(error->text, 0, sizeof error->text);
    return code;
  }
  return 0;
}

static int is_late(const iodyno_session* s, const iodyno_batch* b, const iodyno_request* r) {
  if (b->deadline_ns == 0 || BROKEN(ignores_deadline)) return 0;
  if (BROKEN(cancels_early)) return 1;
  const int never = (s->flags & IODYNO_PACED) && r->not_before_ns >= b->deadline_ns;
  return now() >= b->deadline_ns || (never && !BROKEN(waits_in_vain));
}

static int cancel(iodyno_completion* c) {
  if (BROKEN(stamps_cancelled)) c->start_ns = c->end_ns = now();
  return c->error = ECANCELED;
}

static void stamp(iodyno_completion* c, uint64_t start) {
  c->start_ns = start;
  c->end_ns = now();
  if (BROKEN(stamps_before_run)) c->start_ns -= MILLISECOND;
  if (BROKEN(stamps_after_run)) c->end_ns += MILLISECOND;
  if (BROKEN(ends_before_start)) c->end_ns = c->start_ns - 1;
}

static int do_one(iodyno_session* s, const iodyno_batch* b, uint32_t i) {
  const iodyno_request* r = &b->requests[i];
  iodyno_completion* c = &b->completions[i];
  if (is_late(s, b, r)) return cancel(c);
  if ((s->flags & IODYNO_PACED) && !BROKEN(starts_early)) sleep_until(r->not_before_ns);
  const uint64_t start = now();
  if (b->deadline_ns != 0 && start >= b->deadline_ns && !BROKEN(ignores_deadline)) return cancel(c);
  c->error = do_request(s, i, r, &c->bytes);
  if (!(b->flags & IODYNO_UNTIMED) || BROKEN(stamps_untimed)) stamp(c, start);
  if (BROKEN(delivers_after_end) && c->error == 0 && r->op == IODYNO_OP_READ && c->bytes > 0)
    s->host->deliver(s->host->self, i, 0, s->buffer, c->bytes);
  return c->error;
}

/* Stamps that were not taken one after the other. */
static void stamp_again(const iodyno_batch* b, uint64_t begin) {
  const uint64_t end = now();
  if (b->flags & IODYNO_UNTIMED) return;
  for (uint32_t i = 0; i < b->count; i++) {
    iodyno_completion* c = &b->completions[i];
    if (c->error != 0) continue;
    if (BROKEN(stamps_too_deep)) c->start_ns = begin, c->end_ns = end;
    if (BROKEN(stamps_two_deep) && i % 2 == 1) c->start_ns = b->completions[i - 1].start_ns;
  }
}

/* On memory that is not the plugin's, or is not to be written to. */
static void write_where_it_must_not(iodyno_session* s, const iodyno_batch* b) {
  if (BROKEN(writes_requests)) ((volatile iodyno_request*)b->requests)[0].reserved = 0;
  if (BROKEN(writes_past_completions))
    ((volatile iodyno_completion*)b->completions)[b->count].how = 0;
  if (BROKEN(writes_before_completions)) ((volatile iodyno_completion*)b->completions)[-1].how = 0;
  if (BROKEN(writes_source)) *(volatile char*)s->source ^= 1;
}

static int broken_run(iodyno_session* s, const iodyno_batch* b, iodyno_error* error) {
  if ((b->flags & ~(uint32_t)(IODYNO_UNTIMED | IODYNO_REHEARSAL)) && !BROKEN(takes_batch_flags))
    return fail(error, ENOTSUP, "unknown flags of the batch");
  if (BROKEN(crashes_in_run)) crash();
  if (BROKEN(hangs_in_run)) hang();
  if (BROKEN(exits)) exit(0);
  const uint64_t begin = now();
  s->batches++;
  for (uint32_t i = 0; i < b->count; i++) {
    if (BROKEN(forgets_completion) && i > 0 && i == b->count - 1) break;
    const int failed = do_one(s, b, i);
    if (failed != 0 && BROKEN(fails_the_batch)) return fail(error, failed, "a request failed");
    if (failed == 0 || !BROKEN(gives_up)) continue;
    while (++i < b->count) b->completions[i].error = failed;
  }
  if (BROKEN(stamps_too_deep) || BROKEN(stamps_two_deep)) stamp_again(b, begin);
  write_where_it_must_not(s, b);
  if (b->count > 0) s->a_path = b->requests[b->count - 1].path;
  return 0;
}

static void broken_close(iodyno_session* s) {
  const iodyno_host* h = s->host;
  if (BROKEN(crashes_in_close)) crash();
  if (BROKEN(hangs_in_close)) hang();
  if (BROKEN(remembers_paths) && s->a_path != NULL && *(volatile const char*)s->a_path == 0)
    abort();
  if (BROKEN(delivers_in_close)) h->deliver(h->self, 0, 0, s->buffer, 1);
  if (BROKEN(counts_in_close)) h->count(h->self, "closed", 1);
  if (BROKEN(changes_for_a_session)) umask(mask_before);
  close_set(s);
  free(s->buffer);
  free(s);
}

static const iodyno_backend backend = {
    .size = sizeof backend,
    .abi_major = IODYNO_ABI_MAJOR,
    .abi_minor = IODYNO_ABI_MINOR,
    .name = BROKEN(calls_it_otherwise) ? "another-name" : "broken-" BREAK_NAME,
    .version = "1.0",
    .summary = "blocking calls, in which one thing may be wrong",
    .ops = OPS,
    .flags = IODYNO_PACED,
    .option_count = sizeof options / sizeof options[0],
    .option_size = sizeof(iodyno_option),
    .options = options,
    .open = broken_open,
    .open_files = broken_open_files,
    .run = broken_run,
    .close = broken_close,
};

const iodyno_backend* iodyno_backend_entry(void) { return &backend; }
