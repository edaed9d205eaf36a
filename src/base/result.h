// Result<T>: a value, or the Error that says why there is none. The project is built without
// exceptions; everything that can fail because of the outside world returns a Result, and
// TRY(expression) hands an Error on to the caller:
//
//     Result<Leaf> read_leaf(u64 logical) {
//       auto block = TRY(cache.read(logical));
//       ...
//     }
//
// Expected absence (no such item) is std::optional, not an Error. Our own mistakes are CHECK.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/types.h"

namespace canopy {

enum class Code { io, corrupt, not_found, no_space, unsupported, invalid, would_block, cancelled };

// The name of a code as a person reads it: "input/output error", "corrupt", ...
const char* code_name(Code code);

// Why something failed: a code to act on, a sentence to read, where there is one the logical
// address of the block or extent at fault, and where the kernel's refusal is matched, the name of
// its errno ("EPERM").
class Error {
 public:
  Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  std::optional<u64> address() const { return address_; }
  const char* kernel_errno() const { return kernel_errno_; }

  Error&& at(u64 logical) && {
    address_ = logical;
    return std::move(*this);
  }
  // `name` must be a string literal.
  Error&& as_errno(const char* name) && {
    kernel_errno_ = name;
    return std::move(*this);
  }
  // Puts "context: " before the message: what was being done, for which path, in which tree.
  Error&& while_doing(std::string_view context) && {
    message_.insert(0, fmt::format("{}: ", context));
    return std::move(*this);
  }

  // The whole in one line: message, errno and address, as the command line prints it.
  std::string to_string() const;

 private:
  Code code_;
  std::string message_;
  std::optional<u64> address_;
  const char* kernel_errno_ = nullptr;
};

// error(Code::corrupt, "level {} is above {}", level, max): an Error with a formatted message.
template <typename... Args>
Error error(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return Error(code, fmt::format(format, std::forward<Args>(args)...));
}

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  template <typename U>
    requires(!std::is_same_v<U, T> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             std::is_convertible_v<U &&, T>)
  Result(U&& value) : state_(std::in_place_index<0>, T(std::forward<U>(value))) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return CHECK(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return CHECK(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return CHECK(ok()), std::move(*std::get_if<0>(&state_)); }
  const Error& error() const& { return CHECK(!ok()), *std::get_if<1>(&state_); }
  Error&& error() && { return CHECK(!ok()), std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { CHECK(ok()); }
  const Error& error() const& { return CHECK(!ok()), *error_; }
  Error&& error() && { return CHECK(!ok()), std::move(*error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace canopy

// The value of a Result, or an early return of its Error. Every use has a name of its own, so that
// one may stand inside another.
#define TRY(expression) CANOPY_TRY(expression, CANOPY_JOIN(try_result_, __COUNTER__))
#define CANOPY_JOIN(a, b) CANOPY_JOIN_NOW(a, b)
#define CANOPY_JOIN_NOW(a, b) a##b
#define CANOPY_TRY(expression, result)  \
  (__extension__({                      \
    auto result = (expression);         \
    if (!result.ok()) [[unlikely]]      \
      return std::move(result).error(); \
    std::move(result).value();          \
  }))
