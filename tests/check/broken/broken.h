/* broken.h - a small backend of blocking calls, and all the ways in which it can be compiled to be
 * wrong: each plugin is made with another BREAK. With BREAK_none it is right.
 *
 * What is wrong is asked for in plain C, so that every way is compiled every time. */
#ifndef IODYNO_TESTS_BROKEN_H
#define IODYNO_TESTS_BROKEN_H
#include <iodyno/backend.h>
#include <sys/types.h>

enum breakage {
  BREAK_none,
  /* What is read and written. */
  BREAK_short_read_unseen,     /* a file that is too short is as good as one that is not */
  BREAK_wrong_byte_read,       /* one byte of what it delivers */
  BREAK_wrong_byte_written,    /* one byte of what it writes */
  BREAK_writes_past_end,       /* a byte more than asked for */
  BREAK_leaves_old_tail,       /* rewrites without truncating */
  BREAK_overwrite_truncates,   /* what lies behind goes */
  BREAK_append_overwrites,     /* from the start of the file */
  BREAK_create_over_old,       /* without O_EXCL */
  BREAK_copy_over_old,         /* the same of a copy */
  BREAK_rename_keeps_old,      /* EEXIST where path2 is to be replaced */
  BREAK_stale_buffer,          /* delivers what the request before has read */
  BREAK_delivers_twice,        /* the first piece */
  BREAK_delivers_nothing,      /* reads, and keeps it */
  BREAK_delivers_odd_offset,   /* in pieces of 1000 bytes */
  BREAK_delivers_beyond,       /* all of the buffer */
  BREAK_delivers_to_neighbour, /* for the next request */
  BREAK_delivers_for_nobody,   /* for a request that the batch has not */
  BREAK_delivers_in_close,     /* when run() is over */
  BREAK_delivers_after_end,    /* when the end is stamped */
  BREAK_skips_empty,           /* does not make a file that has no bytes */
  BREAK_one_buffer_only,       /* does not go on when its buffer is full */
  BREAK_short_write_unseen,    /* does not go on when a write was short */
  BREAK_ignores_data,          /* writes from the start of the source */
  BREAK_does_not_wrap,         /* runs off the end of the source */
  BREAK_unknown_size_is_none,  /* copies nothing where the size is unknown */
  BREAK_cuts_long_names,       /* to 254 bytes */
  BREAK_counts_dots,           /* `.` and `..` are entries */
  BREAK_stat_believes,         /* says what the host expects */
  BREAK_list_believes,         /* the same of a directory */
  BREAK_stat_of_link,          /* does not follow it */
  BREAK_private_files,         /* makes them with the mode 0600 */
  BREAK_counts_no_bytes,       /* bytes: 0 */
  BREAK_append_counts_all,     /* bytes: the size of the file afterwards */
  BREAK_opens_set_backwards,   /* the last file has index 0 */
  BREAK_keeps_old_set,         /* when open_files() fails */
  BREAK_remembers_paths,       /* looks at a path of the last batch in close() */
  BREAK_remembers_data,        /* of the first request that it has written */
  /* Errors. */
  BREAK_wrong_errno,           /* EIO for ENOENT */
  BREAK_negative_errno,        /* as the kernel has it */
  BREAK_strange_errno,         /* 4711 */
  BREAK_eacces_is_eperm,       /* as if it were the same */
  BREAK_forgets_completion,    /* of the last request */
  BREAK_gives_up,              /* does nothing more after an error */
  BREAK_fails_the_batch,       /* run() fails with the request */
  BREAK_claims_link,           /* ENOTSUP in run() */
  BREAK_reports_more,          /* open() has an operation that the descriptor has not */
  BREAK_takes_session_flags,   /* any */
  BREAK_takes_batch_flags,     /* any */
  BREAK_takes_set_flags,       /* any */
  BREAK_takes_request_flags,   /* any */
  BREAK_takes_any_op,          /* one it does not know is done at once */
  BREAK_open_says_nothing,     /* fails without a text */
  BREAK_open_says_two,         /* returns another code than its error has */
  BREAK_open_says_all_is_well, /* fills in the error, and succeeds */
  BREAK_set_says_nothing,      /* open_files() fails without a text */
  BREAK_refuses_later_host,    /* a config of another size than it knows */
  BREAK_calls_it_otherwise,    /* has a name that is not its file's */
  /* Time. */
  BREAK_ignores_deadline,  /* and does all */
  BREAK_cancels_early,     /* whenever there is a deadline */
  BREAK_starts_early,      /* before not_before_ns */
  BREAK_waits_in_vain,     /* for what is due after the deadline */
  BREAK_stamps_before_run, /* a millisecond */
  BREAK_stamps_after_run,  /* a millisecond */
  BREAK_stamps_untimed,    /* though it shall not */
  BREAK_stamps_cancelled,  /* what was never started */
  BREAK_stamps_too_deep,   /* all requests as if they ran at once */
  BREAK_stamps_two_deep,   /* two at once where there may be one */
  BREAK_ends_before_start, /* by a nanosecond */
  /* What ends a process. */
  BREAK_crashes_on_load, /* in a constructor */
  BREAK_crashes_in_open,
  BREAK_crashes_in_run,
  BREAK_crashes_in_close,
  BREAK_crashes_at_most, /* with an option at its maximum */
  BREAK_hangs_in_run,
  BREAK_hangs_in_close,
  BREAK_exits,           /* with 0, in run() */
  BREAK_writes_requests, /* which are the host's */
  BREAK_writes_past_completions,
  BREAK_writes_before_completions,
  BREAK_writes_source,
  BREAK_reads_past_buffers, /* fills a buffer more than there is */
  /* What it leaves behind. */
  BREAK_leaks_by_request, /* a descriptor for each */
  BREAK_leaks_by_failure, /* a descriptor for each that fails after its open() */
  BREAK_leaks_by_session, /* a descriptor for each */
  BREAK_leaks_set,        /* the descriptors of an open set */
  BREAK_leaks_memory,     /* 2000 bytes for each session */
  BREAK_leaks_mapping,    /* 1 MiB for each session, mapped and used */
  BREAK_leaves_thread,
  BREAK_changes_directory,
  BREAK_changes_umask,
  BREAK_changes_handler, /* of SIGPIPE */
  BREAK_blocks_signal,   /* SIGUSR1 */
  BREAK_changes_locale,
  BREAK_changes_for_a_session, /* the umask, and puts it back in close() */
  BREAK_prints,                /* to stdout */
  BREAK_mutters,               /* to stderr */
  BREAK_notes_from_thread,     /* of its own */
  BREAK_counts_in_close,       /* when run() is over */
  BREAK_shares_directory,      /* between sessions */
  BREAK_shares_buffer          /* between sessions */
};
#define BROKEN(what) (BREAK == BREAK_##what)

struct iodyno_session {
  const iodyno_host* host;
  int dir, dir2;
  uint32_t flags;
  const char* source;
  uint64_t source_size, source_tail;
  char* buffer; /* of `chunk` bytes */
  size_t chunk;
  int* set;
  uint32_t set_count;
  uint32_t batches;
  const char* a_path;
  uint64_t a_data;
};

uint64_t now(void);

/* Does a request; 0, or an errno value. */
int do_request(iodyno_session*, uint32_t index, const iodyno_request*, uint64_t* bytes);

#endif
