#pragma once
#include <sys/types.h>

namespace iodyno::host {

/// To be called in a new child of `parent`, between fork and exec: only calls that are safe there
/// are made. It returns in a child of that child, the ward, which leads a process group of its own.
/// The child itself becomes the ward's guard and does not return: when the ward ends, or `parent`
/// does, or SIGTERM comes, it ends the ward with all that this has started, also what has left its
/// group or its session, and then itself as the ward did. The ward dies with its guard.
void put_under_guard(pid_t parent);

/// Waits until a child has ended, whatever signals come meanwhile; returns how, as waitpid(2).
int reap(pid_t child);

/// Ends all children of this thread, and those that these leave to it where it is their subreaper.
void end_orphans();

/// Ends a child of a fork that runs no other program: by _exit, for its buffers, handlers and
/// objects are its parent's.
[[noreturn]] void end_child(int status);

}  // namespace iodyno::host
