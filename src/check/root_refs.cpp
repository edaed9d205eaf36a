// Where subvolumes lie in each other: ROOT_REF and ROOT_BACKREF of the root tree, and the names in
// the directories.

#include <map>
#include <string>

#include "base/text.h"
#include "check/tree_scan.h"
#include "tree/items.h"

namespace canopy {
namespace {

class RootRefs {
 public:
  explicit RootRefs(CheckContext& context) : context_(context) {}

  Result<void> run() {
    TreeScan scan(context_, context_.trees.front());
    while (TRY(scan.next())) {
      const Key& key = scan.key();
      const bool forward = key.type == ROOT_REF_KEY;
      if (!forward && key.type != ROOT_BACKREF_KEY) continue;
      const auto ref = load_struct<RootRef>(scan.item());
      const Place place{forward ? key.objectid : key.offset, forward ? key.offset : key.objectid};
      const Says says{ref.dirid, ref.sequence,
                      std::string(as_text(scan.item().subspan(sizeof ref)))};
      if (ref.name_len != says.name.size())
        context_.error(Problem::subvolume_ref, {scan.leaf().start(), ROOT_TREE_OBJECTID, key},
                       "a name of {} bytes, but {} are there", ref.name_len.value(),
                       says.name.size());
      (forward ? forward_ : back_)[place] = says;
    }
    if (!scan.complete()) return {};
    compare();
    for (const auto& [place, says] : forward_) {
      TRY(context_.advance());
      check_entry(place, says);
    }
    check_reachable();
    return {};
  }

 private:
  struct Place {
    u64 parent;
    u64 child;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Says {
    u64 dir;
    u64 index;
    std::string name;
    bool operator==(const Says&) const = default;
  };

  void report(const Place& place, std::string_view what) {
    context_.error(Problem::subvolume_ref,
                   {{}, ROOT_TREE_OBJECTID, Key{place.parent, ROOT_REF_KEY, place.child}}, "{}",
                   what);
  }

  void compare() {
    for (const auto& [place, says] : forward_) {
      auto other = back_.find(place);
      if (other == back_.end()) {
        report(place, "there is no ROOT_BACKREF for it");
      } else if (other->second != says) {
        report(place, "the ROOT_BACKREF says something else");
      }
    }
    for (const auto& [place, says] : back_)
      if (!forward_.contains(place)) report(place, "there is a ROOT_BACKREF, but no ROOT_REF");
  }

  // The name in the directory of the parent, under both its keys.
  void check_entry(const Place& place, const Says& says) {
    const CheckedTree* parent = context_.tree(place.parent);
    if (parent == nullptr || context_.tree(place.child) == nullptr) {
      report(place, parent == nullptr ? "the parent does not exist" : "the child does not exist");
      return;
    }
    for (const Key key : {Key{says.dir, DIR_ITEM_KEY, name_hash(says.name)},
                          Key{says.dir, DIR_INDEX_KEY, says.index}}) {
      Path path;
      auto found = search_slot(context_.cache, parent->root, key, path);
      if (!found.ok()) return;  // the block that could not be read was reported
      bool names_it = false;
      if (found.value()) {
        auto entry = find_dir_entry_in_item(path.item(), says.name);
        names_it = entry.ok() && entry.value() && entry.value()->is_subvolume() &&
                   entry.value()->location.objectid == place.child;
      }
      if (!names_it)
        report(place, fmt::format("the directory {} of subvolume {} has no {} of \"{}\"", says.dir,
                                  place.parent, key_type_name(key.type), escaped(says.name)));
    }
  }

  void check_reachable() {
    std::map<u64, u32> parents;
    for (const auto& [place, says] : forward_)
      ++parents[place.child];
    for (const CheckedTree& tree : context_.trees) {
      const u64 id = tree.root.tree;
      if (!is_subvolume_id(id) || id == FS_TREE_OBJECTID) continue;
      if (tree.item.refs != parents[id])
        context_.error(Problem::subvolume_ref, {{}, ROOT_TREE_OBJECTID, tree.key},
                       "refs {}, but {} directories hold the subvolume", tree.item.refs.value(),
                       parents[id]);
    }
  }

  CheckContext& context_;
  std::map<Place, Says> forward_;
  std::map<Place, Says> back_;
};

}  // namespace

Result<void> check_root_refs(CheckContext& context) {
  context.begin(CheckStage::root_refs, 0);
  return RootRefs(context).run();
}

}  // namespace canopy
