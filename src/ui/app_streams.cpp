// Streams that are opened as files, and all those whose commands can be shown.
#include <fmt/format.h>

#include <algorithm>

#include "ui/app.h"
#include "ui/text.h"

namespace canopy::ui {

void App::drop_candidate() {
  if (!candidate_) return;
  const Candidate dropped = std::move(*candidate_);
  candidate_.reset();
  if (dropped.open.opened) dropped.open.opened(error(Code::cancelled, "opening was cancelled"));
}

void App::poll_candidate() {
  if (!candidate_) return;
  const auto seen = candidate_->view->snapshot();
  if (seen->state == StreamViewSnapshot::State::looking) return;
  Candidate known = std::move(*candidate_);
  candidate_.reset();
  if (!seen->is_stream()) return ask_before_open(std::move(known.open));
  show_stream(std::move(known.open), std::move(known.view));
}

void App::show_stream(PendingOpen open, std::shared_ptr<StreamView> view) {
  close_stream();
  open_problem_.clear();
  stream_ =
      StreamEntry{++last_send_, std::move(view), std::move(open.name), std::move(open.opened)};
  tell(fmt::format("Reading the send stream {}.", shown_name(stream_->name)));
}

void App::close_stream() {
  if (!stream_) return;
  const StreamEntry closed = std::move(*stream_);
  stream_.reset();
  const Selection& at = selection();
  if (at.kind == Selection::Kind::command && at.send == closed.number) select({});
  if (!closed.end_was_told && closed.opened) {
    closed.opened(error(Code::cancelled, "the stream was closed"));
  }
}

void App::poll_stream() {
  if (!stream_ || stream_->end_was_told) return;
  const auto seen = stream_->view->snapshot();
  if (!seen->ended()) return;
  stream_->end_was_told = true;
  const std::string name = shown_name(stream_->name);
  const std::string read =
      fmt::format("{}, {}", size_text(seen->bytes),
                  count_text(stream_->view->index().count(), "command", "commands"));
  switch (seen->state) {
    case StreamViewSnapshot::State::failed:
      tell(fmt::format("The stream {} could not be read: {}", name, seen->problem), true);
      break;
    case StreamViewSnapshot::State::cancelled:
      tell(fmt::format("Of the stream {} only a part was read: {}.", name, read));
      break;
    default:
      if (seen->is_whole()) {
        tell(fmt::format("The stream {} is whole: {}.", name, read));
      } else {
        tell(fmt::format("The stream {} is damaged: {}", name, seen->findings.damages[0].reason),
             true);
      }
  }
  if (Opened opened = std::move(stream_->opened)) opened(OpenedAs::stream);
}

std::vector<ShownStream> App::shown_streams() const {
  std::vector<ShownStream> shown;
  if (!sends_.empty()) {
    shown.push_back({sends_.back().number, sends_.back().job, sends_.back().subject});
  }
  if (stream_) shown.push_back({stream_->number, stream_->view, shown_name(stream_->name)});
  std::ranges::sort(shown, {}, &ShownStream::number);
  return shown;
}

std::optional<ShownStream> App::find_stream(u32 number) const {
  if (stream_ && stream_->number == number) {
    return ShownStream{number, stream_->view, shown_name(stream_->name)};
  }
  const SendEntry* entry = find_send(number);
  if (entry == nullptr) return std::nullopt;
  return ShownStream{number, entry->job, entry->subject};
}

}  // namespace canopy::ui
