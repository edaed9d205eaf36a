// Checking the filesystem.
#include <fmt/format.h>

#include "ui/app.h"
#include "ui/text.h"

namespace canopy::ui {

void App::start_check(bool with_data) {
  if (session_ == nullptr) return;
  auto job = session_->check_consistency(with_data);
  if (!job.ok()) return tell(job.error().to_string(), true);
  consistency_ = std::move(job).value();
  consistency_was_told_ = false;
}

void App::poll_consistency() {
  if (consistency_ == nullptr || consistency_was_told_) return;
  const ConsistencySnapshot snapshot = consistency_->snapshot();
  if (!snapshot.ended()) return;
  consistency_was_told_ = true;
  if (snapshot.state == JobState::failed) {
    tell(fmt::format("The filesystem could not be checked: {}", snapshot.problem), true);
  } else if (snapshot.state == JobState::cancelled) {
    tell("The check was cancelled.");
  } else {
    tell(fmt::format("The check found {} and {}.", count_text(snapshot.errors, "error", "errors"),
                     count_text(snapshot.warnings, "warning", "warnings")),
         snapshot.errors > 0);
  }
}

}  // namespace canopy::ui
