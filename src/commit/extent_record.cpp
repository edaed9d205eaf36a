#include "commit/extent_record.h"

#include <algorithm>

#include "checksum/crc32c.h"

namespace canopy {
namespace {

template <typename T>
void append(std::vector<u8>& bytes, const T& value) {
  Bytes raw = as_bytes(value);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

Error corrupt(u64 bytenr, std::string why) {
  return error(Code::corrupt, "extent item: {}", why).at(bytenr).as_errno("EUCLEAN");
}

// What references of one type are sorted by.
u64 sequence_of(const Backref& ref) {
  if (ref.type == EXTENT_DATA_REF_KEY)
    return hash_extent_data_ref(ref.root, ref.objectid, ref.offset);
  return ref.is_shared() ? ref.parent : ref.root;
}

CountedRef data_ref(const ExtentDataRef& raw) {
  return {Backref::extent_data(raw.root, raw.objectid, raw.offset), raw.count};
}

CountedRef block_ref(u8 type, u64 value) {
  return {type == TREE_BLOCK_REF_KEY ? Backref::tree_block(value) : Backref::shared_block(value),
          1};
}

Result<void> parse_inline_refs(ExtentRecord& record, Bytes rest) {
  while (!rest.empty()) {
    u8 type = rest[0];
    u32 size = extent_inline_ref_size(type);
    if (size == 0) return corrupt(record.bytenr, fmt::format("inline reference of type {}", type));
    if (rest.size() < size) return corrupt(record.bytenr, "ends within an inline reference");
    u64 value = load_le<u64>(rest.data() + 1);
    if (type == EXTENT_OWNER_REF_KEY) {
      record.owner = value;
    } else if (type == EXTENT_DATA_REF_KEY) {
      record.refs.push_back(data_ref(load_struct<ExtentDataRef>(rest, 1)));
    } else if (type == SHARED_DATA_REF_KEY) {
      auto raw = load_struct<SharedDataRef>(rest, sizeof(ExtentInlineRef));
      record.refs.push_back({Backref::shared_data(value), raw.count});
    } else {
      record.refs.push_back(block_ref(type, value));
    }
    rest = rest.subspan(size);
  }
  return {};
}

Result<void> parse_keyed_ref(ExtentRecord& record, const ItemValue& item) {
  std::size_t size = item.data.size();
  u8 type = item.key.type;
  if ((type == TREE_BLOCK_REF_KEY || type == SHARED_BLOCK_REF_KEY) && size == 0) {
    record.refs.push_back(block_ref(type, item.key.offset));
  } else if (type == EXTENT_DATA_REF_KEY && size == sizeof(ExtentDataRef)) {
    record.refs.push_back(data_ref(load_struct<ExtentDataRef>(item.data)));
  } else if (type == SHARED_DATA_REF_KEY && size == sizeof(SharedDataRef)) {
    auto raw = load_struct<SharedDataRef>(item.data);
    record.refs.push_back({Backref::shared_data(item.key.offset), raw.count});
  } else {
    return corrupt(record.bytenr,
                   fmt::format("unexpected item {} of {} bytes", key_text(item.key), size));
  }
  return {};
}

void append_inline_ref(std::vector<u8>& data, const CountedRef& counted) {
  const Backref& ref = counted.ref;
  data.push_back(ref.type);
  if (ref.type == EXTENT_DATA_REF_KEY) {
    append(data, ExtentDataRef{ref.root, ref.objectid, ref.offset, counted.count});
    return;
  }
  append(data, le64(ref.is_shared() ? ref.parent : ref.root));
  if (ref.type == SHARED_DATA_REF_KEY) append(data, SharedDataRef{counted.count});
}

ItemValue keyed_ref(u64 bytenr, const CountedRef& counted) {
  const Backref& ref = counted.ref;
  ItemValue item{{bytenr, ref.type, sequence_of(ref)}, {}};
  if (ref.type == EXTENT_DATA_REF_KEY)
    append(item.data, ExtentDataRef{ref.root, ref.objectid, ref.offset, counted.count});
  if (ref.type == SHARED_DATA_REF_KEY) append(item.data, SharedDataRef{counted.count});
  return item;
}

}  // namespace

u64 hash_extent_data_ref(u64 root, u64 objectid, u64 offset) {
  u32 high = crc32c_raw(~0u, as_bytes(le64(root)));
  u32 low = crc32c_raw(crc32c_raw(~0u, as_bytes(le64(objectid))), as_bytes(le64(offset)));
  return (u64{high} << 31) ^ u64 { low };
}

u64 ExtentRecord::total_refs() const {
  u64 sum = 0;
  for (const CountedRef& counted : refs)
    sum += counted.count;
  return sum;
}

Result<void> ExtentRecord::change(const Backref& ref, i64 delta) {
  auto found = std::ranges::find(refs, ref, &CountedRef::ref);
  i64 count = (found == refs.end() ? 0 : i64{found->count}) + delta;
  if (count < 0 || count > i64{~u32{0}})
    return corrupt(bytenr, "a reference that is dropped is not there");
  if (found == refs.end()) {
    if (count > 0) refs.push_back({ref, static_cast<u32>(count)});
  } else if (count == 0) {
    refs.erase(found);
  } else {
    found->count = static_cast<u32>(count);
  }
  return {};
}

Result<ExtentRecord> parse_extent(const std::vector<ItemValue>& items, u32 nodesize) {
  CHECK(!items.empty());
  const ItemValue& head = items[0];
  ExtentRecord record;
  record.bytenr = head.key.objectid;
  bool skinny = head.key.type == METADATA_ITEM_KEY;
  if (!skinny && head.key.type != EXTENT_ITEM_KEY)
    return corrupt(record.bytenr, "references without an extent");
  if (head.data.size() < sizeof(ExtentItem)) return corrupt(record.bytenr, "too small");
  auto raw = load_struct<ExtentItem>(head.data);
  record.generation = raw.generation;
  record.flags = raw.flags;
  record.num_bytes = skinny ? nodesize : head.key.offset;
  std::size_t refs_at = sizeof(ExtentItem);
  if (skinny) {
    record.level = static_cast<u8>(head.key.offset);
    if (head.key.offset >= MAX_LEVEL || !record.is_tree_block())
      return corrupt(record.bytenr, "impossible level or flags");
  } else if (record.is_tree_block()) {
    if (head.data.size() < refs_at + sizeof(TreeBlockInfo) || record.num_bytes != nodesize)
      return corrupt(record.bytenr, "wrong size for a tree block");
    auto info = load_struct<TreeBlockInfo>(head.data, refs_at);
    record.level = info.level;
    record.first_key = info.key.decode();
    refs_at += sizeof(TreeBlockInfo);
  }
  TRY(parse_inline_refs(record, Bytes(head.data).subspan(refs_at)));
  for (std::size_t i = 1; i < items.size(); ++i)
    TRY(parse_keyed_ref(record, items[i]));
  if (record.total_refs() != raw.refs)
    return corrupt(record.bytenr, fmt::format("{} references, {} are there", raw.refs.value(),
                                              record.total_refs()));
  return record;
}

std::vector<ItemValue> build_extent(const ExtentRecord& record, const ExtentFormat& format) {
  std::vector<CountedRef> refs = record.refs;
  std::ranges::sort(refs, [](const CountedRef& a, const CountedRef& b) {
    if (a.ref.type != b.ref.type) return a.ref.type < b.ref.type;
    return sequence_of(a.ref) > sequence_of(b.ref);
  });
  std::vector<ItemValue> items(1);
  ItemValue& head = items[0];
  bool skinny = record.is_tree_block() && format.skinny;
  head.key = skinny ? Key{record.bytenr, METADATA_ITEM_KEY, record.level}
                    : Key{record.bytenr, EXTENT_ITEM_KEY, record.num_bytes};
  append(head.data, ExtentItem{record.total_refs(), record.generation, record.flags});
  if (record.is_tree_block() && !skinny)
    append(head.data, TreeBlockInfo{DiskKey::encode(record.first_key), record.level});
  if (record.owner) append(head.data, ExtentInlineRef{EXTENT_OWNER_REF_KEY, *record.owner});
  // The kernel's BTRFS_MAX_EXTENT_ITEM_SIZE.
  std::size_t most = (format.nodesize - sizeof(Header)) / 16 - sizeof(Item);
  std::vector<ItemValue> keyed;
  for (const CountedRef& counted : refs) {
    if (head.data.size() + extent_inline_ref_size(counted.ref.type) <= most) {
      append_inline_ref(head.data, counted);
    } else {
      keyed.push_back(keyed_ref(record.bytenr, counted));
    }
  }
  std::ranges::stable_sort(keyed, {}, &ItemValue::key);
  // Equal hashes: the later one takes the next free offset.
  for (std::size_t i = 1; i < keyed.size(); ++i)
    if (keyed[i].key.type == keyed[i - 1].key.type && keyed[i].key <= keyed[i - 1].key)
      keyed[i].key.offset = keyed[i - 1].key.offset + 1;
  items.insert(items.end(), std::make_move_iterator(keyed.begin()),
               std::make_move_iterator(keyed.end()));
  return items;
}

Result<StoredExtent> load_extent(BlockCache& cache, const RootPointer& extent_tree, u64 bytenr) {
  StoredExtent stored;
  stored.items =
      TRY(items_in_range(cache, extent_tree, first_extent_key(bytenr), last_extent_key(bytenr)));
  if (stored.items.empty()) return corrupt(bytenr, "missing");
  stored.record = TRY(parse_extent(stored.items, cache.format().nodesize));
  return stored;
}

Result<ExtentRecord> read_extent(BlockCache& cache, const RootPointer& extent_tree, u64 bytenr) {
  return TRY(load_extent(cache, extent_tree, bytenr)).record;
}

Result<void> change_extent(Transaction& transaction, Tree& extent_tree, const StoredExtent& before,
                           const ExtentRecord& record, const ExtentFormat& format) {
  const std::vector<ItemValue> items = build_extent(record, format);
  if (record.bytenr == before.record.bytenr)
    return set_items(transaction, extent_tree, before.items, items);
  TRY(set_items(transaction, extent_tree, before.items, {}));
  return set_items(transaction, extent_tree, {}, items);
}

Result<void> write_extent(Transaction& transaction, Tree& extent_tree, const ExtentRecord& record,
                          const ExtentFormat& format) {
  return set_items_in_range(transaction, extent_tree, first_extent_key(record.bytenr),
                            last_extent_key(record.bytenr), build_extent(record, format));
}

}  // namespace canopy
