#include "session/opening.h"

#include "container/open_container.h"

namespace canopy {

Result<std::unique_ptr<Device>> open_wrapped(std::unique_ptr<Device> file, Opening& opening,
                                             const std::function<void()>& changed) {
  ContainerOptions options;
  options.partition = opening.choice.partition;
  options.take_only_btrfs = true;
  options.offered = &opening.offered;
  options.limits.most_held = most_unpacked;
  options.limits.progress = [&](u64 done, u64 total) {
    opening.unpacked = done;
    opening.unpack_total = total;
    changed();
    return !opening.cancelled.load();
  };
  const Device* const bare = file.get();
  std::unique_ptr<Device> device = TRY(open_container(std::move(file), options));
  if (device.get() != bare) opening.is_wrapped = true;
  return device;
}

}  // namespace canopy
