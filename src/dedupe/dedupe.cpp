#include "dedupe/dedupe.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>

#include "checksum/sha256_stream.h"
#include "commit/cow_subvolume.h"
#include "concurrency/point.h"
#include "cow/edit_block.h"
#include "files/extent_reader.h"
#include "ondisk/file_extent.h"
#include "ondisk/inode_item.h"
#include "trace/trace.h"

namespace canopy {
namespace {

// What makes two extents interchangeable, but for the bytes themselves.
struct Content {
  std::array<u8, 32> digest{};
  u64 disk_num_bytes = 0;
  u64 ram_bytes = 0;
  u8 compression = COMPRESS_NONE;
  friend auto operator<=>(const Content&, const Content&) = default;
};

// An item that is to name another extent.
struct Change {
  Key key;
  u64 from = 0;
  u64 to = 0;
  u64 to_generation = 0;
};

class Deduplication {
 public:
  Deduplication(FilesystemWriter& writer, const std::vector<u64>& subvolumes,
                const DedupeOptions& options)
      : writer_(writer), subvolumes_(subvolumes), options_(options) {}

  Result<DedupeReport> run() {
    for (const u64 subvolume : subvolumes_) {
      next_ = Key{};
      for (bool more = true; more;) {
        more = TRY(run_batch(subvolume));
        yield_point(Point::dedupe_start);
      }
    }
    return report_;
  }

 private:
  CommittedForest& forest() { return writer_.forest(); }

  // One transaction, or none where nothing is to be changed; false at the end of the subvolume.
  Result<bool> run_batch(u64 subvolume) {
    Result<void> counts = writer_.take_turn();
    std::lock_guard turn(writer_.turn(), std::adopt_lock);
    TRY(std::move(counts));
    const Key from = next_;
    auto more = try_batch(subvolume);
    if (more.ok() || more.error().code() != Code::no_space || !options_.make_room) return more;
    TRY(writer_.recover());
    options_.make_room();
    next_ = from;
    return try_batch(subvolume);
  }

  Result<bool> try_batch(u64 subvolume) {
    TraceSpan span(TraceKind::dedupe, subvolume);
    TRY(writer_.recover());
    bool more = false;
    const std::vector<Change> changes = TRY(find_changes(subvolume, more));
    span.set(subvolume, changes.size());
    if (changes.empty()) return more;
    auto transaction = TRY(writer_.begin());
    Tree& tree = *TRY(transaction->tree(subvolume));
    SubvolumeCow cow(*transaction, tree);
    std::set<u64> inodes;
    for (const Change& change : changes) {
      TRY(apply(cow, tree, change));
      inodes.insert(change.key.objectid);
    }
    for (const u64 ino : inodes)
      TRY(touch_inode(*transaction, cow, ino));
    TRY(write_subvolume_root(*transaction, tree));
    CommitOptions commit;
    for (const auto& [logical, buffer] : transaction->dirty_blocks())
      if (is_subvolume_id(buffer->owner())) commit.created.push_back(logical);
    yield_point(Point::dedupe_before_commit);
    TRY(writer_.commit(std::move(transaction), commit));
    writer_.note_freed_blocks(cow.freed());
    ++report_.commits;
    for (const Change& change : changes) {
      ++report_.items;
      report_.bytes += lengths_.at(change.from);
    }
    lengths_.clear();
    return more;
  }

  // Looks at file extents from next_ on.
  Result<std::vector<Change>> find_changes(u64 subvolume, bool& more) {
    auto root = TRY(forest().root(subvolume));
    if (root == nullptr || root->is_dead())
      return error(Code::not_found, "there is no subvolume {}", subvolume).as_errno("ENOENT");
    std::vector<Change> changes;
    Path path;
    more = TRY(search_at_or_after(forest().cache(), root->pointer(), next_, path));
    for (; more; more = TRY(next_item(forest().cache(), subvolume, path))) {
      next_ = path.key();
      if (changes.size() >= options_.batch_items) return changes;
      if (next_.type != EXTENT_DATA_KEY) continue;
      const auto extent = load_file_extent(path.item());
      if (!extent || extent->type != FILE_EXTENT_REG || extent->disk_bytenr == 0) continue;
      if (auto change = TRY(change_of(next_, *extent))) changes.push_back(*change);
    }
    return changes;
  }

  Result<std::optional<Change>> change_of(const Key& key, const FileExtentItem& extent) {
    const u64 here = extent.disk_bytenr;
    const u64 name = forest().renaming().name_of(here);
    auto decided = same_as_.find(name);
    if (decided == same_as_.end())
      decided = same_as_.emplace(name, TRY(find_equal(here, extent))).first;
    if (decided->second == name) return std::optional<Change>();
    const u64 to = forest().renaming().address_of(decided->second);
    const ExtentRecord record = TRY(record_of(to, extent.disk_num_bytes));
    lengths_[here] = extent.disk_num_bytes;
    return std::optional(Change{key, here, to, record.generation});
  }

  // The name of the first extent with the same bytes; its own name if that is itself.
  Result<u64> find_equal(u64 here, const FileExtentItem& extent) {
    const u64 name = forest().renaming().name_of(here);
    TRY(record_of(here, extent.disk_num_bytes));
    if (extent.disk_num_bytes > MAX_EXTENT_SIZE) return name;
    // An extent that was reserved and only written in part has checksums for that part.
    const CsumFormat format = writer_.csum_format();
    const u64 csums = TRY(csums_of(here, extent.disk_num_bytes)).size();
    if (csums != 0 && csums != extent.disk_num_bytes / format.sectorsize * format.csum_size)
      return name;
    Content content{{}, extent.disk_num_bytes, extent.ram_bytes, extent.compression};
    content.digest = TRY(digest_of(here, extent));
    const auto [first, is_new] = first_with_.emplace(content, name);
    if (is_new) return name;
    const u64 there = forest().renaming().address_of(first->second);
    if (!TRY(are_equal(here, there, extent))) return name;
    ++report_.extents;
    return first->second;
  }

  // The data extent at an address, if it is as long as a file says.
  Result<ExtentRecord> record_of(u64 bytenr, u64 num_bytes) {
    auto extent_tree = TRY(forest().root(EXTENT_TREE_OBJECTID));
    ExtentRecord record = TRY(read_extent(forest().cache(), extent_tree->pointer(), bytenr));
    if (record.is_tree_block() || record.num_bytes != num_bytes)
      return error(Code::corrupt, "a file's extent of {} bytes is none", num_bytes).at(bytenr);
    return record;
  }

  Result<std::array<u8, 32>> digest_of(u64 bytenr, const FileExtentItem& extent) {
    Sha256 sha;
    ExtentReader reader(forest());
    for (const DataSpan& span : TRY(read(reader, bytenr, extent)))
      sha.update(span.bytes);
    std::array<u8, 32> digest{};
    std::ranges::copy(sha.finish(), digest.begin());
    return digest;
  }

  // Whether two extents have the same bytes and the same checksums, or both none.
  Result<bool> are_equal(u64 a, u64 b, const FileExtentItem& extent) {
    ExtentReader reader(forest()), other(forest());
    std::vector<u8> bytes;
    for (const DataSpan& span : TRY(read(reader, a, extent)))
      bytes.insert(bytes.end(), span.bytes.begin(), span.bytes.end());
    Bytes rest = bytes;
    for (const DataSpan& span : TRY(read(other, b, extent))) {
      if (span.bytes.size() > rest.size() ||
          !std::ranges::equal(span.bytes, rest.first(span.bytes.size())))
        return false;
      rest = rest.subspan(span.bytes.size());
    }
    const u64 length = extent.disk_num_bytes;
    return rest.empty() && TRY(csums_of(a, length)) == TRY(csums_of(b, length));
  }

  // An extent as it lies on disk, from a mirror where it is whole.
  Result<std::vector<DataSpan>> read(ExtentReader& reader, u64 bytenr,
                                     const FileExtentItem& extent) {
    FileExtent whole{extent, {}, !TRY(csums_of(bytenr, extent.disk_num_bytes)).empty()};
    whole.item.disk_bytenr = bytenr;
    whole.item.compression = COMPRESS_NONE;
    whole.item.offset = 0;
    whole.item.num_bytes = whole.item.ram_bytes = extent.disk_num_bytes;
    std::vector<DataSpan> spans;
    TRY(reader.read(whole, 0, extent.disk_num_bytes, spans));
    return spans;
  }

  Result<std::vector<u8>> csums_of(u64 bytenr, u64 length) {
    std::vector<u8> all;
    auto tree = TRY(forest().root(CSUM_TREE_OBJECTID));
    if (tree == nullptr) return all;
    for (const CsumRun& run :
         TRY(find_csums(forest().cache(), tree->pointer(), writer_.csum_format(), bytenr, length)))
      all.insert(all.end(), run.csums.begin(), run.csums.end());
    return all;
  }

  static Result<void> apply(SubvolumeCow& cow, const Tree& tree, const Change& change) {
    CowPath path;
    const bool found = TRY(cow.search(change.key, path));
    auto extent = found ? load_file_extent(path.leaf().item(path.slot())) : std::nullopt;
    if (!extent || extent->disk_bytenr != change.from)
      return error(Code::corrupt, "{} of subvolume {} is not what it was", key_text(change.key),
                   tree.id());
    const Backref ref =
        Backref::extent_data(tree.id(), change.key.objectid, change.key.offset - extent->offset);
    TRY(cow.change(change.from, extent->disk_num_bytes, true, ref, -1));
    TRY(cow.change(change.to, extent->disk_num_bytes, true, ref, 1));
    u8* item = mutable_item(path.leaf(), path.slot()).data();
    store_le<u64>(item + offsetof(FileExtentItem, disk_bytenr), change.to);
    store_le<u64>(item + offsetof(FileExtentItem, generation), change.to_generation);
    return {};
  }

  // The inode is of this transaction now; its times stay, as they do in the kernel.
  static Result<void> touch_inode(Transaction& transaction, SubvolumeCow& cow, u64 ino) {
    CowPath path;
    if (!TRY(cow.search({ino, INODE_ITEM_KEY, 0}, path))) return {};
    MutableBytes item = mutable_item(path.leaf(), path.slot());
    if (item.size() >= sizeof(InodeItem))
      store_le<u64>(item.data() + offsetof(InodeItem, transid), transaction.transid());
    return {};
  }

  FilesystemWriter& writer_;
  const std::vector<u64>& subvolumes_;
  const DedupeOptions& options_;
  DedupeReport report_;
  Key next_;
  std::map<Content, u64> first_with_;  // the name of the first extent
  std::map<u64, u64> same_as_;         // by name, for each that was looked at
  std::map<u64, u64> lengths_;         // of the extents of the batch that are left
};

}  // namespace

Result<DedupeReport> deduplicate(FilesystemWriter& writer, const std::vector<u64>& subvolumes,
                                 const DedupeOptions& options) {
  CommittedForest& forest = writer.forest();
  const RootUses::Use use = TRY(forest.root_uses().begin(RootUses::By::dedupe, subvolumes));
  {
    std::shared_lock hold(forest.commit_root_semaphore());
    if (TRY(forest.root(QUOTA_TREE_OBJECTID)) != nullptr)
      return error(Code::unsupported, "deduplication does not keep the numbers of quotas");
  }
  return Deduplication(writer, subvolumes, options).run();
}

}  // namespace canopy
