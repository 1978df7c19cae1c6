/// Asio's types, for one kind of executor: no call through a table of functions.
#pragma once
#include <asio/awaitable.hpp>
#include <asio/basic_random_access_file.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>

using Executor = asio::io_context::executor_type;
using File = asio::basic_random_access_file<Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// A coroutine that others wait for.
template <class T>
using Task = asio::awaitable<T, Executor>;

/// What an operation is to do when it is done: go on with the coroutine, its error in `e`.
inline auto resume(asio::error_code& e) {
  return asio::redirect_error(asio::use_awaitable_t<Executor>(), e);
}
