#include "send/tree_cursor.h"

#include "concurrency/point.h"
#include "trace/trace.h"

namespace canopy {

Result<void> TreeCursor::start() {
  BlockCache& cache = reader_.forest().cache();
  BlockRef root = TRY(read_root(cache, reader_.root().pointer()));
  if (root->nritems() == 0) {
    return error(Code::corrupt, "tree {} is empty", reader_.objectid())
        .at(root->start())
        .as_errno("EUCLEAN");
  }
  level_ = root_level_ = root->level();
  path_.release();
  path_.nodes[level_] = std::move(root);
  protect(level_);
  key_ = path_.nodes[level_]->key(0);
  return {};
}

Result<void> TreeCursor::advance(bool down) {
  if (level_ > 0 && down) {
    TRY(go_down());
  } else {
    go_on();
  }
  key_ = path_.nodes[level_]->key(path_.slots[level_]);
  return {};
}

Result<void> TreeCursor::go_down() {
  const ExtentBuffer& node = *path_.nodes[level_];
  BlockRef child =
      TRY(reader_.forest().cache().read_child(node, path_.slots[level_], reader_.objectid()));
  if (child->nritems() == 0) {
    return error(Code::corrupt, "empty block below a node of tree {}", reader_.objectid())
        .at(child->start())
        .as_errno("EUCLEAN");
  }
  --level_;
  path_.nodes[level_] = std::move(child);
  path_.slots[level_] = 0;
  if (level_ == 0) protect(0);
  return {};
}

void TreeCursor::go_on() {
  ++path_.slots[level_];
  while (path_.slots[level_] >= path_.nodes[level_]->nritems()) {
    if (level_ == root_level_) {
      --path_.slots[level_];
      ended_ = true;
      return;
    }
    path_.slots[level_] = 0;
    path_.nodes[level_] = nullptr;
    ++level_;
    ++path_.slots[level_];
  }
}

Result<void> TreeCursor::search_again() {
  BlockCache& cache = reader_.forest().cache();
  const RootPointer& root = reader_.root().pointer();
  bool found = TRY(search_slot(cache, root, key_, path_, level_));
  if (!found || root.level != root_level_ || path_.nodes[level_] == nullptr) {
    return error(Code::corrupt, "key {} of tree {} is gone after a relocation", key_text(key_),
                 reader_.objectid())
        .as_errno("EUCLEAN");
  }
  if (level_ == 0) protect(0);
  if (root_level_ > 0) protect(root_level_);
  return {};
}

Result<void> TreeCursor::check_leaf() const {
  if (unprotected_ == nullptr || path_.nodes[0] == nullptr) return {};
  return check_unprotected(unprotected_, *path_.nodes[0]);
}

void TreeCursor::protect(u8 level) {
  if (!reader_.forest().cache().writer_attached()) return;
  if (level == 0 && !reader_.forest().protections().has(Protection::leaf_clones))
    unprotected_ = path_.nodes[0];
  const ExtentBuffer& block = *path_.nodes[level];
  TraceSpan span(TraceKind::clone_block, block.start(), block.generation());
  note_fact(Fact::block_kept, block.start());
  path_.nodes[level] = level == 0 ? clone_leaf(reader_.forest(), block) : clone_block(block);
  reader_.forest().note_kept(path_.nodes[level]);
}

}  // namespace canopy
