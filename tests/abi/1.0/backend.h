/* iodyno/backend.h - the ABI of I/O backend plugins, version 1.0. C11 or C++11, no dependency.
 *
 * A plugin is a shared library, libiodyno-NAME.so, that exports one function,
 * iodyno_backend_entry(). The host reads the static descriptor that it returns, opens a session,
 * and hands it batches of requests. The backend does them with a concurrency of its own and fills
 * in one completion for each.
 *
 * Conventions, for everything below that does not say otherwise:
 *   errors     0 or a positive errno value. No exception, panic or longjmp crosses this boundary.
 *   strings    UTF-8, NUL-terminated; paths are NUL-terminated bytes, relative to a directory.
 *   units      bytes, and nanoseconds of CLOCK_MONOTONIC.
 *   memory     whoever makes a thing frees it. A pointer given to a function is valid until that
 *              function returns; one in iodyno_config, until close(). Nothing else may be kept.
 *   threads    [session]: on the thread that called open(), which makes all calls on that session.
 *              [any]: on any thread, several at once. Sessions do not know of one another.
 *   process    the host's: a plugin leaves its working directory, umask, locale and signals as they
 *              are, does not end it, and prints nothing.
 *   growth     structs that begin with `size` may grow at their end, and `size` is what the writer
 *              of the struct knows of it; read no field that lies beyond. An option may grow, too:
 *              option_size tells. The others never change.
 *   unknown    bits and values that the receiver does not know are refused with ENOTSUP.
 *              Fields called `reserved` are 0. */
#ifndef IODYNO_BACKEND_H
#define IODYNO_BACKEND_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#define IODYNO_ABI_MAJOR 1u /* a plugin of another major version is not loaded */
#define IODYNO_ABI_MINOR 0u /* minor versions only add; either side may be the older one */
#define IODYNO_EXPORT __attribute__((visibility("default")))

/* ---- Operations ----
 *
 * `path` is relative to config.dir_fd and `path2` to config.dir_fd2, where nothing else is said.
 * Block operations name a file by its index in the open set. New files have the mode 0644, new
 * directories 0755, less the umask. What is written comes from config.source. A request that fails
 * may leave its new file behind, in part; only REPLACE removes what it made. A read that comes to
 * the end of the file before `length` bytes is ENODATA; whether the file is longer is not looked
 * for.
 *
 * [D]: every byte that it reads goes to host.deliver(). [W]: it writes from the source, or copies,
 * and may be IODYNO_DURABLE. */
enum iodyno_op {
  /* Create path, write `length` bytes, close. EEXIST if it exists. [W] */
  IODYNO_OP_CREATE = 0,
  /* Open path, read `length` bytes, or with IODYNO_SIZE_UNKNOWN to its end, close. [D] */
  IODYNO_OP_READ = 1,
  /* Open path, write `length` bytes from its start, in place, close. What lies behind stays. [W] */
  IODYNO_OP_OVERWRITE = 2,
  /* Open path, write `length` bytes after its end, close. `offset`: its size before, as the host
     knows it, for information. [W] */
  IODYNO_OP_APPEND = 3,
  /* Open path, truncate it to 0, write `length` bytes, close. [W] */
  IODYNO_OP_REWRITE = 4,
  /* Copy `length` bytes of path, or with IODYNO_SIZE_UNKNOWN all, to path2. EEXIST if that exists.
     [W] */
  IODYNO_OP_COPY = 5,
  /* Unlink path. */
  IODYNO_OP_DELETE = 6,
  /* Find type, size and time of modification of path, following links. bytes: the size. */
  IODYNO_OP_STAT = 7,
  /* path becomes path2, which is replaced if it exists. */
  IODYNO_OP_RENAME = 8,
  /* path2 becomes a hard link to path. */
  IODYNO_OP_LINK = 9,
  /* Make the directory path. */
  IODYNO_OP_MKDIR = 10,
  /* Remove the empty directory path. */
  IODYNO_OP_RMDIR = 11,
  /* Read the names of all entries of the directory path. bytes: how many, without `.` and `..`. */
  IODYNO_OP_LIST = 12,
  /* Read `length` bytes at `offset` of `file`. [D] */
  IODYNO_OP_READ_BLOCK = 13,
  /* Write `length` bytes at `offset` of `file`, in place. [W] */
  IODYNO_OP_WRITE_BLOCK = 14,
  /* Make all that was written to `file` durable, as fdatasync(2) does. */
  IODYNO_OP_FSYNC = 15,
  /* path2 becomes a symbolic link that says path: a text, which is not looked up. */
  IODYNO_OP_SYMLINK = 16,
  /* Write `length` bytes to the new file path2, which does not exist (or EEXIST), close it, and
     rename it over path, which need not exist. Here path2 is relative to dir_fd, and in the
     directory of path. IODYNO_DURABLE: before the rename. [W] */
  IODYNO_OP_REPLACE = 17,
  IODYNO_OP_COUNT = 18
};
#define IODYNO_BIT(op) (UINT64_C(1) << (op)) /* in masks of operations */

/* ---- Flags and values ---- */

/* iodyno_request.flags */
enum {
  /* The data (not the directory entry) is on stable storage before the request ends. */
  IODYNO_DURABLE = 1u
};

/* The flags of open_files() */
enum {
  /* For reading and writing; without it, for reading alone. */
  IODYNO_WRITABLE = 1u
};

/* iodyno_config.flags; in the descriptor: those that a session may have */
enum {
  /* Bypass the page cache. open() fails where that does not work. What can't be transferred so, the
     odd end of a file, may go through the cache: the completion says IODYNO_FALLBACK. */
  IODYNO_DIRECT = 1u,
  /* Start no request before its not_before_ns. */
  IODYNO_PACED = 2u,
  /* Of the descriptor alone: does no I/O and delivers nothing. */
  IODYNO_SYNTHETIC = 4u,
  /* Of the descriptor alone: it calibrates. The host gives it longer rehearsals, and more of them,
     until it calls keep() or the host's patience ends; it calls keep() also to say that what
     config.kept holds will do. */
  IODYNO_CALIBRATES = 8u
};

/* iodyno_batch.flags */
enum {
  /* Leave start_ns and end_ns zero: the host times the batch as a whole. */
  IODYNO_UNTIMED = 1u,
  /* Like what will be measured, and done like any other batch, but not measured: warm up,
     calibrate, learn. */
  IODYNO_REHEARSAL = 2u
};

/* iodyno_completion.how: how it came about */
enum {
  IODYNO_SHARED = 1u,   /* extents are shared, no bytes were moved */
  IODYNO_FALLBACK = 2u, /* not, or not wholly, by the mechanism that was asked for */
  IODYNO_CACHED = 4u,   /* from a cache of the backend's own */
  IODYNO_PUNTED = 8u    /* handed to a worker thread of the kernel */
};

/* iodyno_completion.error before run() */
enum { IODYNO_PENDING = -1 };

/* iodyno_config.expect: the state of the page cache to come */
enum iodyno_expect {
  IODYNO_AS_IS = 0, /* unknown */
  IODYNO_WARM = 1,  /* it holds the files */
  IODYNO_COLD = 2   /* it holds nothing of them */
};

#define IODYNO_SIZE_UNKNOWN UINT64_MAX

/* ---- Options: data, not code, so that to describe and to check them takes no session ---- */

enum iodyno_type {
  IODYNO_BOOL = 0,   /* value.i: 0 or 1 */
  IODYNO_INT = 1,    /* value.i */
  IODYNO_REAL = 2,   /* value.r, finite */
  IODYNO_TEXT = 3,   /* value.s, never NULL */
  IODYNO_CHOICE = 4, /* value.i: an index in choices */
  IODYNO_SIZE = 5,   /* value.i: bytes, not negative; people write "64 KiB" */
  IODYNO_TIME = 6    /* value.i: nanoseconds, not negative; people write "5 ms" */
};

typedef union iodyno_value {
  int64_t i;
  double r;
  const char* s;
} iodyno_value;

typedef struct iodyno_option {
  const char* name; /* "sqpoll": [a-z0-9_-], unique in the table */
  const char* doc;  /* one sentence */
  uint32_t type;    /* enum iodyno_type */
  uint32_t reserved;
  iodyno_value fallback;      /* the default: lies between min and max */
  iodyno_value min, max;      /* the least and the greatest of a number; both zero: any */
  const char* const* choices; /* of IODYNO_CHOICE: the names, then NULL; of the others: NULL */
} iodyno_option;

/* Where a function says what went wrong. The caller's, zeroed; filled in only on failure. */
typedef struct iodyno_error {
  int32_t code;   /* what the function returns */
  char text[252]; /* for people: what failed, and with what; NUL-terminated */
} iodyno_error;

/* ---- What the host offers to a session: no member is NULL ---- */

typedef struct iodyno_host {
  uint32_t size, abi_minor;

  /* The first argument of each function. */
  void* self;

  /* States a fact for the results: "fixed_buffers", "off: RLIMIT_MEMLOCK". The last value of a key
     stands. During open(), open_files() and run(). [session] */
  void (*note)(void* self, const char* key, const char* value);

  /* Adds to a counter of the current batch: "submit_calls". During run(). [session] */
  void (*count)(void* self, const char* name, double value);

  /* Tells why `op` does not work here: for people, as `*ops` of open() is what counts. During
     open(). [session] */
  void (*unsupported)(void* self, uint32_t op, const char* why);

  /* Keeps what a calibration found: later sessions of the same case get it as config.kept. The last
     text stands. During open() and run(). [session] */
  void (*keep)(void* self, const char* text);

  /* Hands over `length` bytes, at least one, that request `index` of the current batch has read.
     `offset` counts from the first byte that the request reads and is a multiple of 4096; only the
     last piece of a request may have an odd length. Each byte comes once, before the end of its
     request is stamped; the pieces may come in any order. What a request hands over before it fails
     does not count. `data` has any alignment. The call is part of what is measured: the host does
     there just what the scenario says (nothing, a load from each 64-byte line, a checksum), so that
     a mapping pays for its page faults and a copy for its copying. It can't fail. During run().
     [any] */
  void (*deliver)(void* self, uint32_t index, uint64_t offset, const void* data, uint64_t length);
} iodyno_host;

/* ---- A session ---- */

/* The plugin's own; opaque to the host. */
typedef struct iodyno_session iodyno_session;

/* How a session is opened. All that it points to stays valid and, but for the buffers, unchanged
 * until close() returns. */
typedef struct iodyno_config {
  uint32_t size;

  /* The most requests in flight at once, at least 1. Threads and transfers inside of one request
     are the backend's own: by an option, and noted. */
  uint32_t queue_depth;

  /* IODYNO_DIRECT, IODYNO_PACED. One that the descriptor does not list: ENOTSUP. */
  uint32_t flags;

  /* The most requests of one batch, at least 1. */
  uint32_t max_batch;

  /* The open directories that paths are relative to. May be the same. */
  int32_t dir_fd, dir_fd2;

  /* enum iodyno_expect */
  uint32_t expect;
  uint32_t reserved;

  /* What keep() was given by an earlier session of this case, or NULL. */
  const char* kept;

  /* A value for each option of the descriptor, in its order: valid, and where nothing was said the
     default. */
  const iodyno_value* options;

  /* queue_depth buffers to read into, one after the other: page-aligned anonymous memory that may
     be registered with the kernel. The host does not look into it, and a backend may use memory of
     its own. NULL if there are none. */
  void* buffers;

  /* Of each buffer: a multiple of 4096, 0 if there are none. A request may read more than that. */
  uint64_t buffer_size;

  /* What to write: byte i of a request is source[(data + i) % source_size]. Page-aligned memory
     that may be registered, and is not written to. */
  const void* source;

  /* A multiple of 4096, and not 0. */
  uint64_t source_size;

  /* So many bytes behind the source go on repeating it, so that a transfer of up to this length
     never wraps. A multiple of 4096; may be more than source_size. */
  uint64_t source_tail;

  const iodyno_host* host;
} iodyno_config;

/* 64 bytes, for ever. The host's, and not written to by the backend. */
typedef struct iodyno_request {
  /* enum iodyno_op: one that open() reported. An unknown one, or an unknown flag, fails this
     request alone, with ENOTSUP. */
  uint16_t op;

  /* IODYNO_DURABLE */
  uint16_t flags;

  /* READ_BLOCK, WRITE_BLOCK, FSYNC: an index in the open set; EBADF if it has no such file. The
     others: the number of the directory that path is in, by which work may be shared out. */
  uint32_t file;

  /* READ_BLOCK, WRITE_BLOCK: where in the file; with IODYNO_DIRECT, offset and length are multiples
     of 4096. APPEND: the size before. The others: 0. */
  uint64_t offset;

  /* What writes, and READ_BLOCK: the bytes to move. READ, COPY: those of the file, or
     IODYNO_SIZE_UNKNOWN. STAT, LIST: what the host expects `bytes` to be, or IODYNO_SIZE_UNKNOWN,
     for information. The others: 0. */
  uint64_t length;

  /* What writes: where in the source its bytes begin, below source_size; with IODYNO_DIRECT a
     multiple of 4096. */
  uint64_t data;

  /* NULL where the operation has no such path. */
  const char *path, *path2;

  /* With IODYNO_PACED: the intended start. */
  uint64_t not_before_ns;
  uint64_t reserved;
} iodyno_request;

/* 32 bytes, for ever. The host's: before run(), error is IODYNO_PENDING and the rest zero; the
 * backend fills it in, on any thread. */
typedef struct iodyno_completion {
  /* 0, or the errno value of what failed first. */
  int32_t error;

  /* IODYNO_SHARED and so on, or'ed; 0: in the way that was asked for. */
  uint32_t how;

  /* Read, written, copied: all of them, as a short transfer is continued and not reported. STAT:
     the size. LIST: the entries. The others: 0. After an error it means nothing. */
  uint64_t bytes;

  /* Just before the first system call or submission of the request. On a thread, the end of the
     request before may serve, and one stamp for all that one system call submits; but with
     IODYNO_PACED it is read anew, and not below not_before_ns. */
  uint64_t start_ns;

  /* When the backend saw that the last step was done; not below start_ns. Both stamps lie within
     their run(). Both are 0 if the batch is untimed or the request was never started (ECANCELED);
     one that is refused or fails in any other way has them. */
  uint64_t end_ns;
} iodyno_completion;

/* The host's, valid during run(). */
typedef struct iodyno_batch {
  uint32_t size;

  /* Of requests and of completions: at most config.max_batch. 0: nothing is to be done, and nothing
     to be read. */
  uint32_t count;

  /* IODYNO_UNTIMED, IODYNO_REHEARSAL */
  uint32_t flags;
  uint32_t reserved;

  /* Start no request at or after it: those fail with ECANCELED, without waiting for their
     not_before_ns. 0: none. */
  uint64_t deadline_ns;

  /* Independent of one another: any order, any overlap. */
  const iodyno_request* requests;

  /* completions[i] answers requests[i]. */
  iodyno_completion* completions;
} iodyno_batch;

/* ---- The descriptor: constant, and valid as long as the plugin is loaded ---- */

typedef struct iodyno_backend {
  uint32_t size;

  /* Of the header that the plugin was compiled with. */
  uint16_t abi_major, abi_minor;

  const char* name;    /* "uring", as in libiodyno-uring.so: [a-z0-9_-] */
  const char* version; /* of the backend, in any form */
  const char* summary; /* one sentence */

  /* IODYNO_BIT of every operation that it may support. */
  uint64_t ops;

  /* IODYNO_DIRECT, IODYNO_PACED, IODYNO_SYNTHETIC, IODYNO_CALIBRATES */
  uint32_t flags;

  /* The rows of the option table, which may be NULL if there are none; and the size of a row, as
     the plugin knows it: the stride of the table. */
  uint32_t option_count, option_size;
  uint32_t reserved;
  const iodyno_option* options;

  /* Opens a session. Success: 0, with *session set, and in *ops the operations that work here: in
     these directories, on this kernel, with these options; a subset of `ops`. Failure: an errno
     value, with *error filled in and nothing left behind. [session] */
  int (*open)(const iodyno_config* config, iodyno_session** session, uint64_t* ops,
              iodyno_error* error);

  /* Replaces the set of open files by `count` files below dir_fd, in this order; 0 closes them all.
     Not measured. After a failure the set is empty. NULL if the backend has none of READ_BLOCK,
     WRITE_BLOCK and FSYNC. [session] */
  int (*open_files)(iodyno_session* session, const char* const* paths, uint32_t count,
                    uint32_t flags, iodyno_error* error);

  /* Does a batch, and returns when nothing of it is in flight and every completion is filled in. A
     request that fails does not fail the batch: a result other than 0 says that the backend itself
     broke; then the host uses nothing of the batch and calls nothing more but close(). [session] */
  int (*run)(iodyno_session* session, const iodyno_batch* batch, iodyno_error* error);

  /* Ends the session: closes its files, joins its threads, frees its memory. [session] */
  void (*close)(iodyno_session* session);
} iodyno_backend;

/* The one function that a plugin exports. It only returns the descriptor; it may be called at any
 * time. */
IODYNO_EXPORT const iodyno_backend* iodyno_backend_entry(void);

/* ---- The layout, pinned: a compiler that disagrees with the host says so here ---- */

#ifdef __cplusplus
#define IODYNO_PIN(what) static_assert(what, #what)
#else
#define IODYNO_PIN(what) _Static_assert(what, #what)
#endif
IODYNO_PIN(sizeof(void*) == 8); /* 64-bit systems only */
IODYNO_PIN(sizeof(iodyno_value) == 8);
IODYNO_PIN(sizeof(iodyno_option) == 56 && offsetof(iodyno_option, fallback) == 24);
IODYNO_PIN(offsetof(iodyno_option, choices) == 48);
IODYNO_PIN(sizeof(iodyno_error) == 256 && offsetof(iodyno_error, text) == 4);
IODYNO_PIN(sizeof(iodyno_host) == 56 && offsetof(iodyno_host, note) == 16);
IODYNO_PIN(offsetof(iodyno_host, deliver) == 48);
IODYNO_PIN(sizeof(iodyno_config) == 96 && offsetof(iodyno_config, dir_fd) == 16);
IODYNO_PIN(offsetof(iodyno_config, options) == 40 && offsetof(iodyno_config, buffers) == 48);
IODYNO_PIN(offsetof(iodyno_config, source) == 64 && offsetof(iodyno_config, host) == 88);
IODYNO_PIN(sizeof(iodyno_request) == 64 && offsetof(iodyno_request, file) == 4);
IODYNO_PIN(offsetof(iodyno_request, offset) == 8 && offsetof(iodyno_request, length) == 16);
IODYNO_PIN(offsetof(iodyno_request, data) == 24 && offsetof(iodyno_request, path) == 32);
IODYNO_PIN(offsetof(iodyno_request, not_before_ns) == 48);
IODYNO_PIN(sizeof(iodyno_completion) == 32 && offsetof(iodyno_completion, bytes) == 8);
IODYNO_PIN(offsetof(iodyno_completion, start_ns) == 16 &&
           offsetof(iodyno_completion, end_ns) == 24);
IODYNO_PIN(sizeof(iodyno_batch) == 40 && offsetof(iodyno_batch, deadline_ns) == 16);
IODYNO_PIN(offsetof(iodyno_batch, requests) == 24 && offsetof(iodyno_batch, completions) == 32);
IODYNO_PIN(sizeof(iodyno_backend) == 96 && offsetof(iodyno_backend, name) == 8);
IODYNO_PIN(offsetof(iodyno_backend, ops) == 32 && offsetof(iodyno_backend, options) == 56);
IODYNO_PIN(offsetof(iodyno_backend, open) == 64 && offsetof(iodyno_backend, close) == 88);
#undef IODYNO_PIN

#ifdef __cplusplus
}
#endif
#endif
