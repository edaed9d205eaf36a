// What the space view counts when it is asked to.
#include <fmt/format.h>

#include "ui/app.h"
#include "ui/text.h"

namespace canopy::ui {

void App::count_files() {
  if (session_ == nullptr) return;
  session_->lookups().disk_use.drop();
  counting_files_ = UsageKey{session_->summary().generation};
  poll_counting();
}

void App::count_trees() {
  if (session_ == nullptr) return;
  session_->lookups().tree_stats.drop();
  counting_trees_ = UsageKey{session_->summary().generation};
  poll_counting();
}

void App::cancel_counting() {
  if (session_ != nullptr && counting_files_) session_->lookups().disk_use.drop();
  if (session_ != nullptr && counting_trees_) session_->lookups().tree_stats.drop();
  counting_files_.reset();
  counting_trees_.reset();
}

u64 App::files_counted() const {
  return session_ == nullptr ? 0 : session_->lookups().files_counted->load();
}

u64 App::blocks_counted() const {
  return session_ == nullptr ? 0 : session_->lookups().blocks_counted->load();
}

void App::poll_counting() {
  if (session_ == nullptr) return;
  if (counting_files_) {
    if (auto found = session_->lookups().disk_use.find(*counting_files_)) {
      disk_use_ = std::move(found);
      counting_files_.reset();
    }
  }
  if (counting_trees_) {
    if (auto found = session_->lookups().tree_stats.find(*counting_trees_)) {
      tree_stats_ = std::move(found);
      counting_trees_.reset();
    }
  }
}

std::string App::tree_label(u64 id) const {
  const Subvolume* subvolume = session_->summary().subvolumes.find(id);
  if (subvolume == nullptr) return objectid_name(id);
  return fmt::format("{} {}", id, shown_name(subvolume->display_name()));
}

void App::forget_counted() {
  counting_files_.reset();
  counting_trees_.reset();
  disk_use_ = nullptr;
  tree_stats_ = nullptr;
}

}  // namespace canopy::ui
