#include "ui/movements.h"

#include <algorithm>

namespace canopy::ui {

std::size_t Movements::first_since(u64 at) const {
  const auto first = std::partition_point(moves.begin(), moves.end(),
                                          [&](const Move& move) { return move.at < at; });
  return static_cast<std::size_t>(first - moves.begin());
}

Movements read_movements(const Trace& trace, std::size_t most) {
  Movements found;
  std::vector<TraceEvent> aside;
  for (const TraceBuffer* buffer : trace.buffers()) {
    aside.clear();
    buffer->read_aside(0, aside);
    std::vector<Movements::Range> pinned;
    for (const TraceEvent& event : aside) {
      if (event.kind == TraceKind::extent_moved) {
        found.moves.push_back({event.first, event.second, event.begin_ns});
      } else if (event.kind == TraceKind::pinned) {
        pinned.push_back({event.first, event.first + event.second});
      } else if (event.kind == TraceKind::released) {
        pinned.clear();
        ++found.released;
      }
    }
    std::vector<TraceEvent> open;
    buffer->read_open(open);
    for (const TraceEvent& event : open)
      if (event.kind == TraceKind::relocate_group) found.emptied = event.first;
    found.pinned.insert(found.pinned.end(), pinned.begin(), pinned.end());
  }
  std::stable_sort(found.moves.begin(), found.moves.end(),
                   [](const Movements::Move& a, const Movements::Move& b) { return a.at < b.at; });
  if (found.moves.size() > most)
    found.moves.erase(found.moves.begin(), found.moves.end() - static_cast<std::ptrdiff_t>(most));
  return found;
}

}  // namespace canopy::ui
