// The names that the inode in hand gained and lost. The walk meets them mixed; they are recorded
// first and processed together, new ones before deleted ones (process_refs.h).
//
// A name that is both new and deleted (it moved from one item to another) cancels out.
#pragma once

#include <list>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "send/send_context.h"

namespace canopy {

class Paths;

struct RecordedRef {
  u64 dir = 0;
  u64 dir_gen = 0;
  // As it was when the ref was recorded: the path of the directory, then the name.
  std::string full_path;
  std::size_t name_size = 0;
  ItemCause cause;

  std::string_view name() const {
    return std::string_view(full_path).substr(full_path.size() - name_size);
  }
};

class RecordedRefs {
 public:
  // Both are borrowed.
  RecordedRefs(SendContext& context, Paths& paths);

  // In the order of recording.
  std::list<RecordedRef>& added() { return added_.refs; }
  std::list<RecordedRef>& deleted() { return deleted_.refs; }
  bool empty() const { return added_.refs.empty() && deleted_.refs.empty(); }
  void clear();

  // Every name in one INODE_REF or INODE_EXTREF item.
  Result<void> record_added(const Key& key, Bytes item);
  Result<void> record_deleted(const Key& key, Bytes item);

 private:
  struct ByIdentity {
    using is_transparent = void;
    using It = std::list<RecordedRef>::iterator;
    struct Id {
      u64 dir;
      u64 dir_gen;
      std::string_view name;
      friend auto operator<=>(const Id&, const Id&) = default;
    };
    static Id id(const It& ref) { return {ref->dir, ref->dir_gen, ref->name()}; }
    static Id id(const Id& id) { return id; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return id(a) < id(b);
    }
  };
  struct Refs {
    std::list<RecordedRef> refs;
    std::multiset<std::list<RecordedRef>::iterator, ByIdentity> index;
  };

  Result<void> record(const RootReader& root, Refs& into, Refs& opposite, const Key& key,
                      Bytes item);
  Result<void> record_name(u64 dir, u64 dir_gen, std::string_view name, Refs& into, Refs& opposite);

  SendContext& context_;
  Paths& paths_;
  Refs added_;
  Refs deleted_;
};

// The path of a ref again, after a directory above it got another name.
Result<void> refresh_path(Paths& paths, RecordedRef& ref);

}  // namespace canopy
