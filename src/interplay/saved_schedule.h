// A schedule as a file: the settings that the run had besides its image and its send, and the
// choices. Whoever runs the same with them sees the same, natively and in the page.
//
//     canopy schedule 1
//     batch-blocks 4
//     without restart
//
//     send@thread_start balance@thread_start send@send_before_search ...
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "concurrency/scheduler.h"

namespace canopy {

struct SavedSchedule {
  // Names without a blank, and values without an end of line. What they mean is for those to say
  // who run it.
  std::map<std::string, std::string> settings;
  std::string choices;  // as schedule_text

  std::string text() const;
  // Code::invalid with the reason.
  static Result<SavedSchedule> parse(std::string_view text);

  // The setting with this name; `otherwise` where there is none.
  std::string setting(const std::string& name, const std::string& otherwise = "") const;
  // The same as a number. Code::invalid if it is none.
  Result<u64> number(const std::string& name, u64 otherwise) const;
};

}  // namespace canopy
