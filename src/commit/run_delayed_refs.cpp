#include "commit/run_delayed_refs.h"

namespace canopy {
namespace {

// Gives back what lay there.
Result<void> release_extent(Transaction& transaction, const DelayedRef& entry,
                            const CsumFormat& csum_format) {
  // Who freed a tree block has released its address already (Transaction::free_block).
  if (!entry.is_data) return {};
  if (Tree* csum_tree = TRY(transaction.find_tree(CSUM_TREE_OBJECTID)))
    TRY(cut_csums(transaction, *csum_tree, csum_format, entry.bytenr, entry.num_bytes));
  return transaction.groups().release(entry.bytenr, entry.num_bytes, false);
}

ExtentRecord new_record(const DelayedRef& entry) {
  ExtentRecord record;
  record.bytenr = entry.bytenr;
  record.num_bytes = entry.num_bytes;
  record.generation = entry.generation;
  record.flags = entry.is_data ? EXTENT_FLAG_DATA : EXTENT_FLAG_TREE_BLOCK;
  record.level = entry.level;
  record.first_key = entry.first_key;
  return record;
}

Result<void> run_one(Transaction& transaction, const DelayedRef& entry, const ExtentFormat& format,
                     const CsumFormat& csum_format) {
  Tree& extent_tree = *TRY(transaction.tree(EXTENT_TREE_OBJECTID));
  StoredExtent stored;  // without items, if it is new
  if (!entry.insert) stored = TRY(load_extent(transaction.cache(), extent_tree.root, entry.bytenr));
  ExtentRecord record = entry.insert ? new_record(entry) : stored.record;
  if (entry.full_backref) record.flags |= BLOCK_FLAG_FULL_BACKREF;
  for (const auto& [ref, delta] : entry.changes)
    TRY(record.change(ref, delta));
  if (record.refs.empty()) {
    TRY(set_items(transaction, extent_tree, stored.items, {}));
    return release_extent(transaction, entry, csum_format);
  }
  if (entry.insert) return write_extent(transaction, extent_tree, record, format);
  return change_extent(transaction, extent_tree, stored, record, format);
}

}  // namespace

Result<void> run_delayed_refs(Transaction& transaction, const ExtentFormat& format,
                              const CsumFormat& csum_format) {
  while (auto entry = transaction.delayed_refs().take_first())
    TRY(run_one(transaction, *entry, format, csum_format));
  return {};
}

}  // namespace canopy
