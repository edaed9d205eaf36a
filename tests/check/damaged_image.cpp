#include "damaged_image.h"

#include <fmt/format.h>

#include <algorithm>

#include "checksum/checksum.h"
#include "support/must.h"
#include "support/recorded_image.h"
#include "tree/search.h"

namespace canopy {
namespace {

std::unique_ptr<Filesystem> open_copy(const SparseDevice& device) {
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(std::make_unique<SparseDevice>(device));
  return must(Filesystem::open(std::move(devices)));
}

bool visit(Filesystem& filesystem, const BlockRef& block, u64 tree,
           const std::function<bool(const ExtentBuffer&)>& visitor) {
  if (visitor(*block)) return true;
  for (u32 slot = 0; !block->is_leaf() && slot < block->nritems(); ++slot)
    if (visit(filesystem, must(filesystem.cache().read_child(*block, slot, tree)), tree, visitor))
      return true;
  return false;
}

}  // namespace

DamagedImage::DamagedImage(const std::string& path)
    : device_(must(load_recorded_image(path))), original_(open_copy(*device_)) {}

bool DamagedImage::edit_blocks(u64 tree, const std::function<bool(MutableBytes block)>& edit,
                               bool only_one) {
  auto root = must(original_->forest().root(tree));
  if (root == nullptr) return false;
  bool any = false;
  visit(*original_, must(read_root(original_->cache(), root->pointer())), tree,
        [&](const ExtentBuffer& block) {
          std::vector<u8> bytes(block.bytes().begin(), block.bytes().end());
          if (!edit(bytes)) return false;
          write(block.start(), bytes);
          any = true;
          return only_one;
        });
  return any;
}

bool DamagedImage::edit_item(u64 tree, const Edit& edit) {
  return edit_block(tree, [&](MutableBytes bytes) {
    const ExtentBuffer block(0, std::vector<u8>(bytes.begin(), bytes.end()));
    for (u32 slot = 0; block.is_leaf() && slot < block.nritems(); ++slot) {
      const MutableBytes item = bytes.subspan(block.item_offset(slot), block.item_size(slot));
      if (edit({block.key(slot), item, bytes, slot})) return true;
    }
    return false;
  });
}

void DamagedImage::write(u64 logical, MutableBytes block) {
  original_->cache().format().checksum->write(Bytes(block).subspan(CSUM_SIZE), block.data());
  for (u32 mirror = 1; mirror <= original_->volume().num_mirrors(logical); ++mirror)
    for (const PhysicalRange& range : must(original_->volume().map(logical, block.size(), mirror)))
      must(device_->write(range.physical, block));
}

void DamagedImage::flip(u64 logical, u32 mirror) {
  const auto ranges = must(original_->volume().map(logical, 1, mirror));
  u8 byte = 0;
  must(device_->read(ranges.at(0).physical, MutableBytes(&byte, 1)));
  byte ^= 1;
  must(device_->write(ranges.at(0).physical, Bytes(&byte, 1)));
}

void DamagedImage::edit_super(const std::function<void(Superblock&)>& edit) {
  for (const u64 offset : SUPER_OFFSETS) {
    if (offset + SUPER_INFO_SIZE > device_->size_bytes()) break;
    Superblock super;
    const MutableBytes bytes(reinterpret_cast<u8*>(&super), sizeof super);
    must(device_->read(offset, bytes));
    edit(super);
    original_->cache().format().checksum->write(Bytes(bytes).subspan(CSUM_SIZE), bytes.data());
    must(device_->write(offset, bytes));
  }
}

std::vector<u64> DamagedImage::subvolumes() const {
  std::vector<u64> ids;
  auto root = must(original_->forest().root(ROOT_TREE_OBJECTID));
  Path path;
  bool more = must(search_at_or_after(original_->cache(), root->pointer(), Key{}, path));
  for (; more; more = must(next_item(original_->cache(), ROOT_TREE_OBJECTID, path)))
    if (path.key().type == ROOT_ITEM_KEY && is_subvolume_id(path.key().objectid))
      ids.push_back(path.key().objectid);
  return ids;
}

CheckReport DamagedImage::check(const CheckOptions& options) const {
  auto filesystem = open_copy(*device_);
  return must(check_filesystem(*filesystem, options));
}

std::string text_of(const CheckReport& report) {
  std::string text;
  for (const Finding& finding : report.findings)
    text += fmt::format("{}: {}\n", problem_name(finding.problem), finding.to_string());
  return text;
}

bool has(const CheckReport& report, Problem problem, const std::string& reason) {
  return std::ranges::any_of(report.findings, [&](const Finding& finding) {
    return finding.problem == problem && finding.to_string().find(reason) != std::string::npos;
  });
}

}  // namespace canopy
