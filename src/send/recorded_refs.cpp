#include "send/recorded_refs.h"

#include "send/inode_lookup.h"
#include "send/paths.h"
#include "tree/items.h"

namespace canopy {
namespace {

// What follows the last slash. A sound name has none.
std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

RecordedRefs::RecordedRefs(SendContext& context, Paths& paths) : context_(context), paths_(paths) {}

void RecordedRefs::clear() {
  for (Refs* refs : {&added_, &deleted_}) {
    refs->index.clear();
    refs->refs.clear();
  }
}

Result<void> RecordedRefs::record_added(const Key& key, Bytes item) {
  return record(context_.send_root, added_, deleted_, key, item);
}

Result<void> RecordedRefs::record_deleted(const Key& key, Bytes item) {
  return record(*context_.parent_root, deleted_, added_, key, item);
}

Result<void> RecordedRefs::record(const RootReader& root, Refs& into, Refs& opposite,
                                  const Key& key, Bytes item) {
  InodeNames names(key, item);
  while (auto name = TRY(names.next())) {
    u64 dir_gen = TRY(read_inode(root, name->dir)).gen;
    TRY(record_name(name->dir, dir_gen, name->name, into, opposite));
  }
  return {};
}

Result<void> RecordedRefs::record_name(u64 dir, u64 dir_gen, std::string_view name, Refs& into,
                                       Refs& opposite) {
  auto same = opposite.index.find(ByIdentity::Id{dir, dir_gen, base_name(name)});
  if (same != opposite.index.end()) {
    opposite.refs.erase(*same);
    opposite.index.erase(same);
    return {};
  }
  RecordedRef ref;
  ref.dir = dir;
  ref.dir_gen = dir_gen;
  TRY(paths_.path_of(dir, dir_gen, ref.full_path));
  TRY(append_name(ref.full_path, name));
  ref.name_size = base_name(ref.full_path).size();
  ref.cause = context_.cause;
  into.refs.push_back(std::move(ref));
  into.index.insert(std::prev(into.refs.end()));
  return {};
}

Result<void> refresh_path(Paths& paths, RecordedRef& ref) {
  std::string name(ref.name());
  TRY(paths.path_of(ref.dir, ref.dir_gen, ref.full_path));
  return append_name(ref.full_path, name);
}

}  // namespace canopy
