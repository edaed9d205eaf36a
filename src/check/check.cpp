#include "check/check.h"

#include "check/check_context.h"

namespace canopy {

Result<CheckReport> check_filesystem(Filesystem& filesystem, const CheckOptions& options,
                                     CheckControl* control, const CheckWatcher& watcher) {
  CheckControl own_control;
  CheckContext context(filesystem, options, control == nullptr ? own_control : *control, watcher);
  TRY(check_superblocks(context));
  TRY(check_extent_tree(context));
  TRY(check_chunks(context));
  TRY(check_free_space(context));
  TRY(check_subvolumes(context));
  TRY(check_csum_items(context));
  TRY(check_data(context));
  TRY(check_root_refs(context));
  TRY(check_quotas(context));
  return std::move(context.report);
}

}  // namespace canopy
