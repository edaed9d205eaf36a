#include "send/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace canopy {
namespace {

// Reasons begin here, or two places behind a longer line.
constexpr std::size_t reason_column = 72;

std::string_view change_text(ItemChange change) {
  switch (change) {
    case ItemChange::created:
      return "new";
    case ItemChange::deleted:
      return "gone";
    case ItemChange::changed:
      return "changed";
    case ItemChange::same:
      return "unchanged";
  }
  return "";
}

}  // namespace

std::string cause_text(const ItemCause& cause) {
  if (!cause.has_item()) return {};
  return fmt::format("{} {}, tree {}, leaf {} slot {}", change_text(cause.change),
                     key_text(cause.key), cause.tree, cause.leaf, cause.slot);
}

StreamExplainer::StreamExplainer(Sink& text, u32 headerless_version)
    : text_(text),
      without_header_(headerless_version == 0 ? 1 : headerless_version),
      reader_(headerless_version == 0 ? with_header_ : without_header_) {}

Result<void> StreamExplainer::write(std::span<const Bytes> pieces) {
  TRY(finish());
  for (const Bytes piece : pieces)
    command_.insert(command_.end(), piece.begin(), piece.end());
  return {};
}

void StreamExplainer::command_written(const CommandOrigin& origin) {
  if (outcome_.ok()) outcome_ = explain(origin);
}

Result<void> StreamExplainer::explain(const CommandOrigin& origin) {
  reader_.feed(command_);
  const StreamCommand* command = TRY(reader_.next());
  CHECK(command != nullptr);
  line_.clear();
  if (command->type() == SendCommand::end) {
    line_ = "end";
  } else {
    TRY(dump_.append(*command, line_));
    while (line_.ends_with('\n') || line_.ends_with(' '))
      line_.pop_back();
  }
  CHECK(TRY(reader_.next()) == nullptr);
  command_.clear();
  line_.append(std::max(reason_column, line_.size() + 2) - line_.size(), ' ');
  fmt::format_to(std::back_inserter(line_), "# {}", origin.rule);
  if (origin.cause.has_item())
    fmt::format_to(std::back_inserter(line_), ": {}", cause_text(origin.cause));
  line_ += '\n';
  const Bytes bytes = as_bytes(std::string_view(line_));
  return text_.write(std::span(&bytes, 1));
}

}  // namespace canopy
