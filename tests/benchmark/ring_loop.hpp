/// The ring that somebody writes who wants nothing else: submits as many reads as it is deep, waits
/// for all of them with the same system call, and has no clock inside.
#pragma once
#include "peer.hpp"

namespace iodyno::host {

enum class Buffers { plain, fixed };

/// Why there can be no such ring here, or nothing.
std::string ring_refusal();

std::unique_ptr<Peer> make_ring_loop(const Ground&, unsigned depth, Buffers);

}  // namespace iodyno::host
