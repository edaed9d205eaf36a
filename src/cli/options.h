// The options of a command, and where their values go. CLI11 stands behind it; only options.cpp and
// command_line.cpp know it, as its headers take longer to compile than anything else here.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/types.h"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's
class App;
class Option;
}  // namespace CLI

namespace canopy {

// A number as options read it: decimal, hexadecimal (0x) or octal (0).
std::optional<u64> number_of(const std::string& text);

// One option or positional argument: what is further asked of it. Handles are cheap to copy, and
// their command line owns what they stand for.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option called(const std::string& value) const;  // its value, in the help
  Option required() const;
  Option excludes(Option other) const;
  Option between(u64 least, u64 most) const;
  Option one_of(std::initializer_list<const char*> words) const;
  Option may_be_empty() const;    // also without a value: ""
  Option one_at_most() const;     // of a positional argument that takes several: none or one
  Option once_each_time() const;  // of a list: one value each time it is given

 private:
  CLI::Option* option_;
};

// `names` as in "-f,--file"; a name without a dash is a positional argument's. `to` is borrowed
// until the command line was read.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}

  Option flag(const std::string& names, bool& to, const std::string& help) const;

  // T: std::string, u32, u64, an optional of these, or a vector of std::string or u64.
  template <typename T>
  Option option(const std::string& names, T& to, const std::string& help) const;

  // Calls instead of storing. T: std::string, u64 or a vector of std::string.
  template <typename T>
  Option on_option(const std::string& names, const std::function<void(const T&)>& call,
                   const std::string& help) const;

  void footer(const std::string& text) const;  // below the help

  CLI::App& app() const { return *app_; }

 private:
  CLI::App* app_;
};

}  // namespace canopy
