// A recorded filesystem of one device, in which blocks can be edited; checksums are made right
// again, so that only what was edited is wrong.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "check/check.h"
#include "filesystem/filesystem.h"
#include "support/sparse_device.h"

namespace canopy {

// An item that was found, to be edited in place.
struct FoundItem {
  Key key;
  MutableBytes bytes;
  MutableBytes block;
  u32 slot = 0;

  template <typename T>
  T get(std::size_t offset) const {
    return load_le<T>(bytes.data() + offset);
  }
  template <typename T>
  void put(std::size_t offset, T value) const {
    store_le<T>(bytes.data() + offset, value);
  }
};

class DamagedImage {
 public:
  explicit DamagedImage(const std::string& path);

  using Edit = std::function<bool(const FoundItem& item)>;
  // Goes through the items of a tree until `edit` returns true: it has changed the item. False: it
  // never did.
  bool edit_item(u64 tree, const Edit& edit);
  // The same with whole blocks, nodes before their children.
  bool edit_block(u64 tree, const std::function<bool(MutableBytes block)>& edit) {
    return edit_blocks(tree, edit, true);
  }
  // All blocks for which `edit` returns true.
  bool edit_blocks(u64 tree, const std::function<bool(MutableBytes block)>& edit,
                   bool only_one = false);
  // Changes the bytes at a logical address on one mirror, with nothing made right.
  void flip(u64 logical, u32 mirror);
  // Changes all superblocks.
  void edit_super(const std::function<void(Superblock&)>& edit);

  SparseDevice& device() { return *device_; }
  Filesystem& original() { return *original_; }
  // The ids of subvolumes, the lowest first.
  std::vector<u64> subvolumes() const;

  CheckReport check(const CheckOptions& options = {}) const;

 private:
  void write(u64 logical, MutableBytes block);

  std::unique_ptr<SparseDevice> device_;
  std::unique_ptr<Filesystem> original_;
};

// A line for each finding.
std::string text_of(const CheckReport& report);
// Whether there is a finding of this kind that says `reason`.
bool has(const CheckReport& report, Problem problem, const std::string& reason);

}  // namespace canopy
