#include "session/kept_view.h"

#include <algorithm>
#include <shared_mutex>

#include "trace/trace.h"

namespace canopy {

namespace {

// So many equal bytes between two that differ do not part them.
constexpr u32 joined_over = 3;

KeptView look_at(Filesystem& filesystem, const KeptBlocks::Kept& kept, u64 now) {
  const ExtentBuffer& clone = *kept.clone;
  KeptView view;
  view.logical = clone.start();
  view.generation = clone.generation();
  view.owner = clone.owner();
  view.level = clone.level();
  view.items = clone.nritems();
  view.name = kept.name;
  view.address = filesystem.forest().renaming().address_of(kept.name);
  view.transid = kept.transid;
  view.age_ns = now > kept.cloned_ns ? now - kept.cloned_ns : 0;
  const Bytes bytes = clone.bytes();
  view.bytes = std::make_shared<const std::vector<u8>>(bytes.begin(), bytes.end());
  // As it lies there, whatever it is: the address may have become that of anything.
  auto live = std::make_shared<std::vector<u8>>(bytes.size());
  const auto read = filesystem.volume().read_any(view.logical, *live);
  if (!read.ok()) {
    view.live_problem = read.error().to_string();
    return view;
  }
  view.live_generation = load_le<u64>(live->data() + offsetof(Header, generation));
  view.different = different_ranges(bytes, *live, KeptView::most_ranges, view.different_bytes);
  view.live = std::move(live);
  return view;
}

}  // namespace

std::vector<std::pair<u32, u32>> different_ranges(Bytes a, Bytes b, std::size_t most,
                                                  u32& different_bytes) {
  std::vector<std::pair<u32, u32>> ranges;
  different_bytes = 0;
  const auto size = static_cast<u32>(std::min(a.size(), b.size()));
  for (u32 at = 0; at < size; ++at) {
    if (a[at] == b[at]) continue;
    ++different_bytes;
    const bool joins =
        !ranges.empty() && (at <= ranges.back().second + joined_over || ranges.size() == most);
    if (joins)
      ranges.back().second = at + 1;
    else
      ranges.push_back({at, at + 1});
  }
  return ranges;
}

KeptViews look_at_kept(Filesystem& filesystem, u64 now) {
  KeptViews views;
  for (const KeptBlocks::Kept& kept : filesystem.forest().kept_blocks().list())
    views.push_back(look_at(filesystem, kept, now));
  return views;
}

KeptViews watch_kept(Filesystem& filesystem, const KeptKey&) {
  std::shared_lock hold(filesystem.forest().commit_root_semaphore());
  return look_at_kept(filesystem, trace_now());
}

}  // namespace canopy
