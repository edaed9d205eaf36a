#include "container/open_container.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/bytes.h"
#include "container/btrfs_image.h"
#include "container/qcow2.h"
#include "container/seekable_zstd.h"
#include "container/virtual_disk.h"

namespace canopy {
namespace {

// Files that people may take for an image, and what to do with them.
struct KnownFile {
  u64 offset;
  std::string_view magic;
  const char* what;
};

constexpr KnownFile KNOWN_FILES[] = {
    {0, "btrfs-stream",
     "is a send stream, not an image; `canopy receive --dump` shows what is in it, and so does the "
     "page where it is opened alone"},
    {0, "# Disk DescriptorFile",
     "only describes a VMDK disk of several files; `qemu-img convert` makes an image that can be "
     "read"},
    {0, "COWD",
     "is a VMDK disk of an ESX host; `qemu-img convert` makes an image that can be read"},
    {0, "vhdxfile", "is a VHDX disk; `qemu-img convert` makes an image that can be read"},
    {0, "BZh", "is compressed with bzip2, which cannot be unpacked here"},
    {0, "\x04\x22\x4d\x18", "is compressed with lz4, which cannot be unpacked here"},
};

Result<std::vector<u8>> read_head(Device& device) {
  std::vector<u8> head(static_cast<std::size_t>(std::min<u64>(512, device.size_bytes())));
  TRY(device.read(0, head));
  return head;
}

Result<void> refuse_known_files(const Device& device, Bytes head) {
  for (const KnownFile& known : KNOWN_FILES) {
    if (head.size() < known.offset + known.magic.size()) continue;
    const Bytes there = head.subspan(static_cast<std::size_t>(known.offset), known.magic.size());
    if (as_text(there) == known.magic)
      return error(Code::unsupported, "{} {}", device.name(), known.what);
  }
  return {};
}

std::string list_of(const std::vector<Partition>& partitions) {
  std::string list;
  for (const Partition& partition : partitions) {
    list += fmt::format("{}{}: {} bytes at {}", list.empty() ? "" : "; ", partition.number,
                        partition.length, partition.start);
    if (!partition.name.empty()) list += fmt::format(" \"{}\"", partition.name);
    if (partition.is_btrfs) list += " (Btrfs)";
  }
  return list;
}

Result<std::unique_ptr<Device>> choose_partition(std::unique_ptr<Device> disk,
                                                 const ContainerOptions& options) {
  std::optional<u32> wanted = options.partition;
  const PartitionTable table = TRY(read_partition_table(*disk));
  if (table.partitions.empty()) {
    if (wanted) return error(Code::invalid, "{} has no partitions", disk->name());
    return disk;
  }
  std::vector<Partition> with_btrfs;
  std::ranges::copy_if(table.partitions, std::back_inserter(with_btrfs), &Partition::is_btrfs);
  if (!wanted && options.take_only_btrfs && with_btrfs.size() == 1)
    wanted = with_btrfs.front().number;
  if (!wanted && options.offered != nullptr) *options.offered = with_btrfs;
  if (!wanted)
    return error(Code::invalid, "{} is a disk with partitions ({}); choose one of them: {}",
                 disk->name(), table.kind, list_of(table.partitions));
  auto found = std::ranges::find(table.partitions, *wanted, &Partition::number);
  if (found == table.partitions.end())
    return error(Code::invalid, "{} has no partition {}, but: {}", disk->name(), *wanted,
                 list_of(table.partitions));
  return open_partition(std::move(disk), *found);
}

}  // namespace

Result<std::unique_ptr<Device>> open_container(std::unique_ptr<Device> device,
                                               const ContainerOptions& options) {
  // A compressed disk of a virtual machine is two containers; more are somebody's joke.
  constexpr u32 most_layers = 3;
  for (u32 layer = 0; layer < most_layers; ++layer) {
    const std::vector<u8> head = TRY(read_head(*device));
    const Packing packing = packing_of(head);
    // Before the superblock is looked for: in a file of these kinds it may lie where it does on the
    // disk, and what follows it does not.
    if (is_qcow2(head)) {
      device = TRY(open_qcow2(std::move(device)));
    } else if (is_btrfs_image(head)) {
      return open_btrfs_image(std::move(device));
    } else if (is_vdi(head)) {
      device = TRY(open_vdi(std::move(device)));
    } else if (is_vmdk(head)) {
      device = TRY(open_vmdk(std::move(device)));
    } else if (is_dynamic_vhd(head)) {
      device = TRY(open_vhd(std::move(device)));
    } else if (has_btrfs_magic(*device)) {
      break;
    } else if (packing != Packing::none) {
      auto table = packing == Packing::zstd ? TRY(read_seek_table(*device)) : std::nullopt;
      device = table ? open_seekable_zstd(std::move(device), std::move(*table))
                     : TRY(unpack(*device, packing, options.limits));
    } else if (is_fixed_vhd(*device)) {
      device = TRY(open_vhd(std::move(device)));
    } else {
      TRY(refuse_known_files(*device, head));
      break;
    }
  }
  if (has_btrfs_magic(*device) && !options.partition) return device;
  return choose_partition(std::move(device), options);
}

}  // namespace canopy
