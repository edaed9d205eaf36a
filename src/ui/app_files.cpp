// Taking files out of the image.
#include <fmt/format.h>

#include "ui/app.h"
#include "ui/text.h"

namespace canopy::ui {

void App::start_export(const ExportRequest& request, const std::string& file_name) {
  if (session_ == nullptr) return;
  ask_for_file([this, request, file_name](const Result<i32>& file) {
    if (!file.ok()) return tell(file.error().to_string(), true);
    if (session_ == nullptr) return;
    // One at a time: whoever asks for another one wants that.
    if (export_ && !export_->end_was_told) tell(fmt::format("{} is left.", export_->file_name));
    export_ =
        ExportEntry{file.value(), session_->export_files(request, host_.result_file(file.value())),
                    file_name, false};
  });
}

void App::poll_export() {
  if (!export_ || export_->end_was_told) return;
  const ExportJobSnapshot snapshot = export_->job->snapshot();
  if (!snapshot.ended()) return;
  export_->end_was_told = true;
  const std::string name = shown_name(export_->file_name);
  if (snapshot.state == JobState::done) {
    host_.download(export_->file, export_->file_name, false);
    tell(fmt::format(
        "{} is downloaded: {}{}.", name, size_text(snapshot.bytes),
        snapshot.files == 0 ? "" : ", " + count_text(snapshot.files, "entry", "entries")));
  } else if (snapshot.state == JobState::failed) {
    tell(fmt::format("{} could not be read: {}", name, snapshot.problem), true);
  } else {
    tell(fmt::format("The download of {} was cancelled.", name));
  }
}

}  // namespace canopy::ui
