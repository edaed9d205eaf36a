// Commands that carry file data: WRITE, ENCODED_WRITE, and UPDATE_EXTENT in their place where no
// data is wanted. This is the one place where an address found in an item becomes bytes.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "send/extent_item.h"

namespace canopy {

struct CurrentInode;
class Paths;

// UPDATE_EXTENT. The kernel has 32 bits for the length on its way: it is cut to them.
Result<void> send_update_extent(SendContext& context, Paths& paths, u64 offset, u64 length,
                                std::string_view rule);

class ExtentData {
 public:
  // All are borrowed.
  ExtentData(SendContext& context, Paths& paths);

  // [offset, offset + length) of the file, which lies in `item`: as the extent is on disk where
  // that is wanted and not larger than the range, else in writes of the largest size.
  Result<void> send(const ExtentItemAt& item, u64 offset, u64 length, std::string_view rule);

  // Has extents read ahead that lie behind the item in a path's slot in the same leaf and will
  // probably be sent.
  void expect_after(const Path& path);

 private:
  Result<void> send_write(const ExtentItemAt& item, u64 offset, u64 length, std::string_view rule);
  Result<void> send_encoded_inline(const ExtentItemAt& item, u64 offset, u64 length);
  Result<void> send_encoded(const ExtentItemAt& item, u64 offset, u64 length);
  Result<u32> compression_number(const ExtentItemAt& item) const;
  void keep_pieces();
  void take_zeros(u64 length);

  SendContext& context_;
  Paths& paths_;
  bool is_probably_sent(const FileExtent& extent) const;

  ExtentReader reader_;
  u64 expected_leaf_ = 0;  // up to which slot of which leaf items were looked at
  u32 expected_slot_ = 0;
  std::vector<DataSpan> spans_;
  std::vector<DataPiece> pieces_;
  std::vector<u8> copied_;
};

}  // namespace canopy
