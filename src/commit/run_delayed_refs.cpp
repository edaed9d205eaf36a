#include "commit/run_delayed_refs.h"

namespace canopy {
namespace {

Result<void> remove_extent(Transaction& transaction, Tree& extent_tree, const DelayedRef& entry,
                           const CsumFormat& csum_format) {
  TRY(erase_extent(transaction, extent_tree, entry.bytenr));
  // Who freed a tree block has released its address already (Transaction::free_block).
  if (!entry.is_data) return {};
  if (Tree* csum_tree = TRY(transaction.find_tree(CSUM_TREE_OBJECTID)))
    TRY(cut_csums(transaction, *csum_tree, csum_format, entry.bytenr, entry.num_bytes));
  return transaction.groups().release(entry.bytenr, entry.num_bytes, false);
}

Result<void> run_one(Transaction& transaction, const DelayedRef& entry, const ExtentFormat& format,
                     const CsumFormat& csum_format) {
  Tree& extent_tree = *TRY(transaction.tree(EXTENT_TREE_OBJECTID));
  ExtentRecord record;
  if (entry.insert) {
    record.bytenr = entry.bytenr;
    record.num_bytes = entry.num_bytes;
    record.generation = entry.generation;
    record.flags = entry.is_data ? EXTENT_FLAG_DATA : EXTENT_FLAG_TREE_BLOCK;
    record.level = entry.level;
    record.first_key = entry.first_key;
  } else {
    record = TRY(read_extent(transaction.cache(), extent_tree.root, entry.bytenr));
  }
  if (entry.full_backref) record.flags |= BLOCK_FLAG_FULL_BACKREF;
  for (const auto& [ref, delta] : entry.changes)
    TRY(record.change(ref, delta));
  if (record.refs.empty()) return remove_extent(transaction, extent_tree, entry, csum_format);
  return write_extent(transaction, extent_tree, record, format);
}

}  // namespace

Result<void> run_delayed_refs(Transaction& transaction, const ExtentFormat& format,
                              const CsumFormat& csum_format) {
  while (auto entry = transaction.delayed_refs().take_first())
    TRY(run_one(transaction, *entry, format, csum_format));
  return {};
}

}  // namespace canopy
