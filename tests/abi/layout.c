/* Where the fields of the ABI's structs are, and what its constants are, a line each. layout.rs
 * says the same of iodyno.rs; fields that have another name there have it here, too. */
#include <inttypes.h>
#include <iodyno/backend.h>
#include <stdio.h>

#define STRUCT(type) printf("%s %zu\n", #type, sizeof(iodyno_##type))
#define FIELD(type, name, field)                                          \
  printf("%s.%s %zu %zu\n", #type, #name, offsetof(iodyno_##type, field), \
         sizeof(((iodyno_##type*)0)->field))
#define VALUE(name) printf("%s %" PRId64 "\n", #name, (int64_t)IODYNO_##name)

int main(void) {
  STRUCT(value);
  FIELD(value, i, i);
  FIELD(value, r, r);
  FIELD(value, s, s);
  STRUCT(option);
  FIELD(option, name, name);
  FIELD(option, doc, doc);
  FIELD(option, kind, type);
  FIELD(option, reserved, reserved);
  FIELD(option, fallback, fallback);
  FIELD(option, min, min);
  FIELD(option, max, max);
  FIELD(option, choices, choices);
  STRUCT(error);
  FIELD(error, code, code);
  FIELD(error, text, text);
  STRUCT(host);
  FIELD(host, size, size);
  FIELD(host, abi_minor, abi_minor);
  FIELD(host, this, self);
  FIELD(host, note, note);
  FIELD(host, count, count);
  FIELD(host, unsupported, unsupported);
  FIELD(host, keep, keep);
  FIELD(host, deliver, deliver);
  STRUCT(config);
  FIELD(config, size, size);
  FIELD(config, queue_depth, queue_depth);
  FIELD(config, flags, flags);
  FIELD(config, max_batch, max_batch);
  FIELD(config, dir_fd, dir_fd);
  FIELD(config, dir_fd2, dir_fd2);
  FIELD(config, expect, expect);
  FIELD(config, reserved, reserved);
  FIELD(config, kept, kept);
  FIELD(config, options, options);
  FIELD(config, buffers, buffers);
  FIELD(config, buffer_size, buffer_size);
  FIELD(config, source, source);
  FIELD(config, source_size, source_size);
  FIELD(config, source_tail, source_tail);
  FIELD(config, host, host);
  STRUCT(request);
  FIELD(request, op, op);
  FIELD(request, flags, flags);
  FIELD(request, file, file);
  FIELD(request, offset, offset);
  FIELD(request, length, length);
  FIELD(request, data, data);
  FIELD(request, path, path);
  FIELD(request, path2, path2);
  FIELD(request, not_before_ns, not_before_ns);
  FIELD(request, reserved, reserved);
  STRUCT(completion);
  FIELD(completion, error, error);
  FIELD(completion, how, how);
  FIELD(completion, bytes, bytes);
  FIELD(completion, start_ns, start_ns);
  FIELD(completion, end_ns, end_ns);
  STRUCT(batch);
  FIELD(batch, size, size);
  FIELD(batch, count, count);
  FIELD(batch, flags, flags);
  FIELD(batch, reserved, reserved);
  FIELD(batch, deadline_ns, deadline_ns);
  FIELD(batch, requests, requests);
  FIELD(batch, completions, completions);
  STRUCT(backend);
  FIELD(backend, size, size);
  FIELD(backend, abi_major, abi_major);
  FIELD(backend, abi_minor, abi_minor);
  FIELD(backend, name, name);
  FIELD(backend, version, version);
  FIELD(backend, summary, summary);
  FIELD(backend, ops, ops);
  FIELD(backend, flags, flags);
  FIELD(backend, option_count, option_count);
  FIELD(backend, option_size, option_size);
  FIELD(backend, reserved, reserved);
  FIELD(backend, options, options);
  FIELD(backend, open, open);
  FIELD(backend, open_files, open_files);
  FIELD(backend, run, run);
  FIELD(backend, close, close);
  VALUE(ABI_MAJOR);
  VALUE(ABI_MINOR);
  VALUE(DURABLE);
  VALUE(WRITABLE);
  VALUE(DIRECT);
  VALUE(PACED);
  VALUE(SYNTHETIC);
  VALUE(CALIBRATES);
  VALUE(UNTIMED);
  VALUE(REHEARSAL);
  VALUE(SHARED);
  VALUE(FALLBACK);
  VALUE(CACHED);
  VALUE(PUNTED);
  VALUE(PENDING);
  VALUE(AS_IS);
  VALUE(WARM);
  VALUE(COLD);
  VALUE(BOOL);
  VALUE(INT);
  VALUE(REAL);
  VALUE(TEXT);
  VALUE(CHOICE);
  VALUE(SIZE);
  VALUE(TIME);
  VALUE(SIZE_UNKNOWN);
  VALUE(OP_CREATE);
  VALUE(OP_READ);
  VALUE(OP_OVERWRITE);
  VALUE(OP_APPEND);
  VALUE(OP_REWRITE);
  VALUE(OP_COPY);
  VALUE(OP_DELETE);
  VALUE(OP_STAT);
  VALUE(OP_RENAME);
  VALUE(OP_LINK);
  VALUE(OP_MKDIR);
  VALUE(OP_RMDIR);
  VALUE(OP_LIST);
  VALUE(OP_READ_BLOCK);
  VALUE(OP_WRITE_BLOCK);
  VALUE(OP_FSYNC);
  VALUE(OP_SYMLINK);
  VALUE(OP_REPLACE);
  VALUE(OP_COUNT);
  return 0;
}
