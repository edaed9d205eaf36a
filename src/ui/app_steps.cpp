// Controlled runs: what App does with them.
#include <fmt/format.h>

#include <charconv>

#include "trace/chrome_trace.h"
#include "ui/app.h"
#include "ui/text.h"

namespace canopy::ui {

std::optional<u64> StepForm::seed_number() const {
  u64 number = 0;
  const char* end = seed.data() + seed.size();
  const auto [at, wrong] = std::from_chars(seed.data(), end, number);
  if (wrong != std::errc() || at != end) return std::nullopt;
  return number;
}

Result<u32> App::start_steps(const StepRequest& request) {
  if (session_ == nullptr) return error(Code::invalid, "no image is open");
  auto job = session_->step(request);
  if (!job.ok()) {
    tell(job.error().to_string(), true);
    return std::move(job).error();
  }
  end_steps();
  StepEntry& entry = steps_.emplace();
  entry.number = ++last_steps_;
  entry.job = std::move(job).value();
  entry.subject = subvolume_name(request.send.subvolume);
  if (request.send.parent) entry.subject += ", from " + subvolume_name(*request.send.parent);
  step_form.settings = request.settings;
  tell(fmt::format("Stepping {}.", entry.subject));
  return entry.number;
}

void App::start_steps_of_form() { (void)start_steps({request_of_form(), step_form.settings}); }

void App::end_steps() {
  if (!steps_) return;
  const StepEntry ended = *std::exchange(steps_, std::nullopt);
  if (steps_changed) steps_changed(ended);
}

void App::poll_steps() {
  if (!steps_) return;
  const StepSnapshotPtr seen = steps_->job->snapshot();
  const StepSnapshot& snapshot = *seen;
  if (snapshot.version == steps_->told_version) return;
  steps_->told_version = snapshot.version;
  if (snapshot.problem != steps_->told_problem && !snapshot.problem.empty())
    tell(snapshot.problem, true);
  steps_->told_problem = snapshot.problem;
  const bool ended = snapshot.state == StepSnapshot::State::ended;
  if (ended && !steps_->end_was_told) {
    const bool equal = snapshot.verdict == StepVerdict::equal;
    tell(fmt::format("{} ended after {}: {}.", steps_->subject,
                     count_text(snapshot.run.steps, "step", "steps"), verdict_text(snapshot)),
         !equal);
  }
  steps_->end_was_told = ended;
  // Where single steps lead is on the panel.
  const std::string& stopped = snapshot.run.stopped;
  if (snapshot.state == StepSnapshot::State::standing && !stopped.empty() &&
      !stopped.starts_with("step "))
    tell(fmt::format("Stands: {}.", stopped));
  if (steps_changed) steps_changed(*steps_);
}

void App::save_schedule() {
  if (steps_) host_.save_text(steps_->job->schedule(), "canopy.schedule");
}

void App::load_schedule(const std::string& text) {
  if (!steps_) start_steps_of_form();
  if (steps_) steps_->job->load(text);
}

std::shared_ptr<const Trace> App::timeline_trace() const {
  if (steps_) return steps_->job->trace();
  return session_ != nullptr ? session_->trace() : nullptr;
}

u64 App::timeline_version() const {
  if (steps_) return steps_->told_version;
  u64 events = 0;
  if (const auto trace = timeline_trace())
    for (const TraceBuffer* buffer : trace->buffers())
      events += buffer->count() + buffer->aside_count() + 1;
  return events;
}

void App::save_trace() {
  if (const auto trace = timeline_trace())
    host_.save_text(chrome_trace_json(*trace), "canopy-trace.json");
}

void App::download_steps() {
  const auto stream = steps_ ? steps_->job->stream() : nullptr;
  if (stream == nullptr) return;
  const SendRequest& request = steps_->job->request();
  host_.save_bytes(
      *stream, stream_file_name(subvolume_name(request.subvolume),
                                request.parent ? subvolume_name(*request.parent) : std::string()));
}

std::string verdict_text(const StepSnapshot& snapshot) {
  switch (snapshot.verdict) {
    case StepVerdict::none:
      return "";
    case StepVerdict::equal:
      return "the stream is the one that is made alone";
    case StepVerdict::different:
      return "the stream differs from the one that is made alone";
    case StepVerdict::refused:
      return snapshot.run.outcome.refused.empty() ? "refused" : snapshot.run.outcome.refused[0];
    case StepVerdict::problem:
    case StepVerdict::deadlock:
      break;
  }
  return snapshot.run.problem;
}

}  // namespace canopy::ui
