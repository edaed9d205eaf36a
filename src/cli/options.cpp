#include "cli/options.h"

#include <CLI/CLI.hpp>

#include <vector>

namespace canopy {

std::optional<u64> number_of(const std::string& text) {
  u64 number = 0;
  if (!CLI::detail::lexical_cast(text, number)) return std::nullopt;
  return number;
}

Option Option::called(const std::string& value) const { return Option(option_->type_name(value)); }

Option Option::required() const { return Option(option_->required()); }

Option Option::excludes(Option other) const { return Option(option_->excludes(other.option_)); }

Option Option::between(u64 least, u64 most) const {
  return Option(option_->check(CLI::Range(least, most)));
}

Option Option::one_of(std::initializer_list<const char*> words) const {
  return Option(
      option_->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end()))));
}

Option Option::may_be_empty() const { return Option(option_->expected(0, 1)->default_str("")); }

Option Option::one_at_most() const { return Option(option_->expected(0, 1)); }

Option Option::once_each_time() const {
  return Option(
      option_->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll));
}

Option Command::flag(const std::string& names, bool& to, const std::string& help) const {
  return Option(app_->add_flag(names, to, help));
}

template <typename T>
Option Command::option(const std::string& names, T& to, const std::string& help) const {
  return Option(app_->add_option(names, to, help));
}

template <typename T>
Option Command::on_option(const std::string& names, const std::function<void(const T&)>& call,
                          const std::string& help) const {
  return Option(app_->add_option_function<T>(names, call, help));
}

void Command::footer(const std::string& text) const { app_->footer(text); }

using Text = std::string;
using Texts = std::vector<std::string>;

template Option Command::option(const Text&, Text&, const Text&) const;
template Option Command::option(const Text&, u32&, const Text&) const;
template Option Command::option(const Text&, u64&, const Text&) const;
template Option Command::option(const Text&, std::optional<Text>&, const Text&) const;
template Option Command::option(const Text&, std::optional<u32>&, const Text&) const;
template Option Command::option(const Text&, std::optional<u64>&, const Text&) const;
template Option Command::option(const Text&, Texts&, const Text&) const;
template Option Command::option(const Text&, std::vector<u64>&, const Text&) const;

template Option Command::on_option(const Text&, const std::function<void(const Text&)>&,
                                   const Text&) const;
template Option Command::on_option(const Text&, const std::function<void(const u64&)>&,
                                   const Text&) const;
template Option Command::on_option(const Text&, const std::function<void(const Texts&)>&,
                                   const Text&) const;

}  // namespace canopy
