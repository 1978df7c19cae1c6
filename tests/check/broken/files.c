/* What the backend does to files. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "broken.h"

static char common_buffer[1 << 20];
static int common_dir = -1;

static int dir_of(const iodyno_session* s) {
  if (!BROKEN(shares_directory)) return s->dir;
  if (s->batches == 1) common_dir = s->dir;
  return common_dir;
}

static char* buffer_of(iodyno_session* s) {
  return BROKEN(shares_buffer) ? common_buffer : s->buffer;
}

/* The path of a request, in memory of our own if it is not to be as it is. */
static const char* path_of(const iodyno_request* r, char* own) {
  if (!BROKEN(cuts_long_names) || strlen(r->path) != 255) return r->path;
  memcpy(own, r->path, 254);
  own[254] = 0;
  return own;
}

static int close_with(int fd, int error) {
  if (BROKEN(leaks_by_request) || (BROKEN(leaks_by_failure) && error != 0)) return error;
  return close(fd) != 0 && error == 0 && errno != EINTR ? errno : error;
}

/* Reads until the buffer is full or the file ends. */
static int read_piece(int fd, char* buffer, size_t want, uint64_t offset, size_t* got) {
  for (*got = 0; *got < want;) {
    const ssize_t count = pread(fd, buffer + *got, want - *got, (off_t)(offset + *got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) break;
    *got += (size_t)count;
  }
  return 0;
}

static void give(iodyno_session* s, uint32_t index, uint64_t offset, char* data, size_t length) {
  const iodyno_host* h = s->host;
  if (BROKEN(delivers_nothing) || BROKEN(delivers_after_end)) return;
  if (BROKEN(wrong_byte_read)) data[length / 2] ^= 1;
  if (BROKEN(delivers_beyond)) length = s->chunk;
  if (BROKEN(delivers_to_neighbour)) index ^= 1;
  if (BROKEN(delivers_for_nobody)) index += 1000;
  if (BROKEN(shares_buffer)) usleep(100);
  if (!BROKEN(delivers_odd_offset)) {
    h->deliver(h->self, index, offset, data, length);
    if (BROKEN(delivers_twice) && offset == 0) h->deliver(h->self, index, offset, data, length);
    return;
  }
  for (size_t at = 0; at < length; at += 1000)
    h->deliver(h->self, index, offset + at, data + at, length - at < 1000 ? length - at : 1000);
}

static int read_range(iodyno_session* s, uint32_t index, int fd, const iodyno_request* r,
                      uint64_t* bytes) {
  char* buffer = buffer_of(s);
  *bytes = 0;
  while (*bytes < r->length) {
    const uint64_t left = r->length - *bytes;
    const size_t want = left < s->chunk ? (size_t)left : s->chunk;
    size_t got = 0;
    if (BROKEN(stale_buffer)) give(s, index, *bytes, buffer, want);
    const int error = read_piece(fd, buffer, want, r->offset + *bytes, &got);
    if (error != 0) return error;
    if (got > 0 && !BROKEN(stale_buffer)) give(s, index, *bytes, buffer, got);
    *bytes += got;
    if (BROKEN(one_buffer_only)) *bytes = r->length == IODYNO_SIZE_UNKNOWN ? *bytes : r->length;
    if (got == want) continue;
    if (r->length == IODYNO_SIZE_UNKNOWN) return 0;
    if (!BROKEN(short_read_unseen)) return ENODATA;
    *bytes = r->length;
  }
  return 0;
}

/* At `offset`, or if that is -1 where the file stands. */
static int write_piece(int fd, const char* data, size_t length, off_t offset) {
  for (size_t done = 0; done < length;) {
    const ssize_t count = offset < 0 ? write(fd, data + done, length - done)
                                     : pwrite(fd, data + done, length - done, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return EIO;
    if (BROKEN(short_write_unseen)) return 0;
    done += (size_t)count;
    if (offset >= 0) offset += count;
  }
  return 0;
}

static int write_range(iodyno_session* s, int fd, const iodyno_request* r, off_t offset,
                       uint64_t* bytes) {
  uint64_t data = BROKEN(ignores_data) ? 0 : r->data;
  if (BROKEN(remembers_data) && s->batches == 1) s->a_data = data;
  if (BROKEN(remembers_data)) data = s->a_data;
  const uint64_t length = r->length + (BROKEN(writes_past_end) ? 1 : 0);
  for (uint64_t done = 0; done < length;) {
    const uint64_t at = BROKEN(does_not_wrap) ? data + done : (data + done) % s->source_size;
    const uint64_t room = BROKEN(does_not_wrap) ? length : s->source_size + s->source_tail - at;
    const size_t count = (size_t)(length - done < room ? length - done : room);
    char* spoilt = BROKEN(wrong_byte_written) ? malloc(count) : NULL;
    if (spoilt != NULL) {
      memcpy(spoilt, s->source + at, count);
      spoilt[count / 2] ^= 1;
    }
    const int error = write_piece(fd, spoilt != NULL ? spoilt : s->source + at, count, offset);
    free(spoilt);
    if (error != 0) return error;
    done += count;
    if (offset >= 0) offset += (off_t)count;
  }
  *bytes = r->length;
  return r->flags & IODYNO_DURABLE && fdatasync(fd) != 0 ? errno : 0;
}

static int open_file(int dir, const char* path, int flags) {
  return openat(dir, path, flags | O_CLOEXEC, BROKEN(private_files) ? 0600 : 0644);
}

static int write_file(iodyno_session* s, const iodyno_request* r, int flags, uint64_t* bytes) {
  char own[256];
  if (BROKEN(skips_empty) && r->length == 0) return *bytes = 0, 0;
  const int fd = open_file(dir_of(s), path_of(r, own), O_WRONLY | flags);
  if (fd < 0) return errno;
  const int error = write_range(s, fd, r, -1, bytes);
  if (BROKEN(append_counts_all) && (flags & O_APPEND)) *bytes += r->offset;
  return close_with(fd, error);
}

static int read_file(iodyno_session* s, uint32_t index, const iodyno_request* r, uint64_t* bytes) {
  char own[256];
  const int fd = open_file(dir_of(s), path_of(r, own), O_RDONLY);
  return fd < 0 ? errno : close_with(fd, read_range(s, index, fd, r, bytes));
}

static int copy_bytes(iodyno_session* s, int from, int to, uint64_t length, uint64_t* bytes) {
  *bytes = 0;
  if (BROKEN(unknown_size_is_none) && length == IODYNO_SIZE_UNKNOWN) return 0;
  while (*bytes < length) {
    const uint64_t left = length - *bytes;
    const size_t want = left < s->chunk ? (size_t)left : s->chunk;
    size_t got = 0;
    int error = read_piece(from, s->buffer, want, *bytes, &got);
    if (error == 0) error = write_piece(to, s->buffer, got, (off_t)*bytes);
    if (error != 0) return error;
    *bytes += got;
    if (got < want) return length == IODYNO_SIZE_UNKNOWN ? 0 : ENODATA;
  }
  return 0;
}

static int copy(iodyno_session* s, const iodyno_request* r, uint64_t* bytes) {
  char own[256];
  const int from = open_file(dir_of(s), path_of(r, own), O_RDONLY);
  if (from < 0) return errno;
  const int how = O_WRONLY | O_CREAT | (BROKEN(copy_over_old) ? O_TRUNC : O_EXCL);
  const int to = open_file(s->dir2, r->path2, how);
  if (to < 0) return close_with(from, errno);
  int error = copy_bytes(s, from, to, r->length, bytes);
  if (error == 0 && (r->flags & IODYNO_DURABLE) && fdatasync(to) != 0) error = errno;
  return close_with(from, close_with(to, error));
}

static int list(iodyno_session* s, const iodyno_request* r, uint64_t* bytes) {
  char own[256];
  if (BROKEN(list_believes) && r->length != IODYNO_SIZE_UNKNOWN) return *bytes = r->length, 0;
  const int fd = open_file(dir_of(s), path_of(r, own), O_RDONLY | O_DIRECTORY);
  if (fd < 0) return errno;
  DIR* stream = fdopendir(fd);
  if (stream == NULL) return close_with(fd, errno);
  *bytes = 0;
  errno = 0;
  for (const struct dirent* entry; (entry = readdir(stream)) != NULL; ++*bytes)
    if (!BROKEN(counts_dots) &&
        (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0))
      --*bytes;
  const int error = errno;
  closedir(stream);
  return error;
}

static int look(iodyno_session* s, const iodyno_request* r, uint64_t* bytes) {
  char own[256];
  struct stat status;
  const int flags = BROKEN(stat_of_link) ? AT_SYMLINK_NOFOLLOW : 0;
  if (fstatat(dir_of(s), path_of(r, own), &status, flags) != 0) return errno;
  *bytes = (uint64_t)status.st_size;
  if (BROKEN(stat_believes) && r->length != IODYNO_SIZE_UNKNOWN) *bytes = r->length;
  return 0;
}

static int move(iodyno_session* s, const iodyno_request* r) {
  char own[256];
  const unsigned how = BROKEN(rename_keeps_old) ? RENAME_NOREPLACE : 0;
  return renameat2(dir_of(s), path_of(r, own), s->dir2, r->path2, how) != 0 ? errno : 0;
}

static int block(iodyno_session* s, uint32_t index, const iodyno_request* r, uint64_t* bytes) {
  if (r->file >= s->set_count) return EBADF;
  const int fd = s->set[BROKEN(opens_set_backwards) ? s->set_count - 1 - r->file : r->file];
  if (r->op == IODYNO_OP_READ_BLOCK) return read_range(s, index, fd, r, bytes);
  if (r->op == IODYNO_OP_WRITE_BLOCK) return write_range(s, fd, r, (off_t)r->offset, bytes);
  return fdatasync(fd) != 0 ? errno : 0;
}

static int do_it(iodyno_session* s, uint32_t index, const iodyno_request* r, uint64_t* bytes) {
  char own[256];
  const int over = BROKEN(create_over_old) ? O_TRUNC : O_EXCL;
  switch (r->op) {
    case IODYNO_OP_CREATE: return write_file(s, r, O_CREAT | over, bytes);
    case IODYNO_OP_READ: return read_file(s, index, r, bytes);
    case IODYNO_OP_OVERWRITE:
      return write_file(s, r, BROKEN(overwrite_truncates) ? O_TRUNC : 0, bytes);
    case IODYNO_OP_APPEND: return write_file(s, r, BROKEN(append_overwrites) ? 0 : O_APPEND, bytes);
    case IODYNO_OP_REWRITE: return write_file(s, r, BROKEN(leaves_old_tail) ? 0 : O_TRUNC, bytes);
    case IODYNO_OP_COPY: return copy(s, r, bytes);
    case IODYNO_OP_DELETE: return unlinkat(dir_of(s), path_of(r, own), 0) != 0 ? errno : 0;
    case IODYNO_OP_STAT: return look(s, r, bytes);
    case IODYNO_OP_RENAME: return move(s, r);
    case IODYNO_OP_LIST: return list(s, r, bytes);
    case IODYNO_OP_READ_BLOCK:
    case IODYNO_OP_WRITE_BLOCK:
    case IODYNO_OP_FSYNC: return block(s, index, r, bytes);
    default: return BROKEN(takes_any_op) ? 0 : ENOTSUP;
  }
}

int do_request(iodyno_session* s, uint32_t index, const iodyno_request* r, uint64_t* bytes) {
  if ((r->flags & ~(unsigned)IODYNO_DURABLE) && !BROKEN(takes_request_flags)) return ENOTSUP;
  const int error = do_it(s, index, r, bytes);
  if (BROKEN(counts_no_bytes)) *bytes = 0;
  if (BROKEN(wrong_errno) && error == ENOENT) return EIO;
  if (BROKEN(eacces_is_eperm) && error == EACCES) return EPERM;
  if (BROKEN(strange_errno) && error != 0) return 4711;
  return BROKEN(negative_errno) ? -error : error;
}
