#include "session/owners_view.h"

#include <algorithm>
#include <shared_mutex>

namespace canopy {

OwnersView read_owners(Filesystem& filesystem, const OwnersKey& key,
                       const std::atomic<bool>& dropped) {
  OwnersView view;
  std::shared_lock hold(filesystem.forest().commit_root_semaphore());
  const auto read = [&]() -> Result<void> {
    if (!key.is_data) {
      view.trees = TRY(BackrefWalk(filesystem.forest()).block_roots(key.address));
      std::ranges::sort(view.trees);
      return {};
    }
    OwnerSearch search;
    search.most = OwnersView::most;
    search.stop = &dropped;
    view.owners = TRY(find_owners(filesystem, key.address, search));
    for (const ExtentOwner& owner : view.owners)
      view.text += owner_text(owner);
    return {};
  };
  if (const auto done = read(); !done.ok()) view.problem = done.error().to_string();
  return view;
}

}  // namespace canopy
