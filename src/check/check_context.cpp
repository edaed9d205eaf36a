#include "check/check_context.h"

#include <algorithm>

namespace canopy {

CheckContext::CheckContext(Filesystem& checked, const CheckOptions& wanted, CheckControl& control,
                           const CheckWatcher& watcher)
    : filesystem(checked),
      options(wanted),
      cache(checked.volume(), checked.cache().format(), wanted.cache_bytes),
      forest(cache, checked.super()),
      nodesize(checked.super().nodesize),
      sectorsize(checked.super().sectorsize),
      full_backref(sectorsize),
      shared_block(sectorsize),
      control_(control),
      watcher_(watcher) {
  report.has_log_tree = super().log_root != 0;
}

const CheckedTree* CheckContext::tree(u64 id) const {
  auto found =
      std::ranges::find_if(trees, [id](const CheckedTree& tree) { return tree.root.tree == id; });
  return found == trees.end() ? nullptr : &*found;
}

void CheckContext::begin(CheckStage stage, u64 total) {
  const bool is_new = !begun_ || stage != stage_;
  begun_ = true;
  stage_ = stage;
  control_.stage.store(static_cast<u32>(stage), std::memory_order_relaxed);
  control_.done.store(0, std::memory_order_relaxed);
  control_.total.store(total, std::memory_order_relaxed);
  if (is_new && watcher_.on_stage) watcher_.on_stage(stage);
}

Result<void> CheckContext::advance(u64 amount) {
  control_.done.fetch_add(amount, std::memory_order_relaxed);
  if (control_.cancelled.load(std::memory_order_relaxed))
    return Error(Code::cancelled, "the check was cancelled");
  return {};
}

void CheckContext::add(Problem problem, Severity severity, const Place& place, std::string reason) {
  Finding finding{stage_,     problem,   severity,         place.address,
                  place.tree, place.key, std::move(reason)};
  ++(severity == Severity::error ? report.errors : report.warnings);
  if (watcher_.on_finding) watcher_.on_finding(finding);
  if (report.findings.size() < options.findings_kept) report.findings.push_back(std::move(finding));
}

}  // namespace canopy
