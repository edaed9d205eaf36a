#include "send/tree_compare.h"

#include <algorithm>

#include "concurrency/point.h"
#include "send/tree_cursor.h"
#include "trace/trace.h"

namespace canopy {
namespace {

bool same_bytes(const Path& a, const Path& b) { return std::ranges::equal(a.item(), b.item()); }

class TreeComparison {
 public:
  TreeComparison(SendContext& context, ChangeHandler& handler)
      : context_(context),
        handler_(handler),
        forest_(context.send_root.forest()),
        left_(context.send_root),
        right_(*context.parent_root) {}

  Result<void> run() {
    {
      HoldCommitRoots hold(forest_);
      TRY(left_.start());
      TRY(right_.start());
      context_.last_reloc_trans = forest_.last_reloc_trans();
    }
    while (!done_) {
      yield_point(Point::send_next_key);
      std::optional<HoldCommitRoots> held;  // over the callback too, where that is not forbidden
      if (!forest_.protections().has(Protection::release_before_callback)) held.emplace(forest_);
      auto item = TRY(next_item());
      if (!item) continue;
      yield_point(Point::send_before_callback);
      TRY(left_.check_leaf());
      TRY(right_.check_leaf());
      TraceSpan span(TraceKind::item, report_key(*item).objectid, report_key(*item).type);
      TRY(handler_.handle({*item, report_key(*item), left_.path(), right_.path()}));
    }
    return {};
  }

 private:
  enum class Step : u8 { stay, over, down };

  // Moves until an item is to be reported or somebody waits for the semaphore. It is held for as
  // long as this takes and not longer.
  Result<std::optional<ItemChange>> next_item() {
    HoldCommitRoots hold(forest_);
    do {
      TRY(restart_if_relocated());
      TRY(make_step(left_, left_step_));
      TRY(make_step(right_, right_step_));
      if (left_.ended() && right_.ended()) {
        done_ = true;
        return std::optional<ItemChange>();
      }
      if (auto item = look()) return item;
    } while (!forest_.commit_root_semaphore().is_contended());
    return std::optional<ItemChange>();
  }

  Result<void> restart_if_relocated() {
    const u64 reloc_trans = forest_.last_reloc_trans();
    if (reloc_trans <= context_.last_reloc_trans) return {};
    if (!forest_.protections().has(Protection::restart)) return {};
    TraceSpan span(TraceKind::restart, reloc_trans);
    note_fact(Fact::restarted, reloc_trans);
    TRY(left_.search_again());
    TRY(right_.search_again());
    context_.note_restart(reloc_trans);
    return {};
  }

  static Result<void> make_step(TreeCursor& cursor, Step& step) {
    if (step != Step::stay && !cursor.ended()) TRY(cursor.advance(step == Step::down));
    step = Step::stay;
    return {};
  }

  // Decides the next steps from where the cursors stand.
  std::optional<ItemChange> look() {
    if (left_.ended()) {
      right_step_ = Step::down;
      return right_.at_leaf() ? std::optional(ItemChange::deleted) : std::nullopt;
    }
    if (right_.ended()) {
      left_step_ = Step::down;
      return left_.at_leaf() ? std::optional(ItemChange::created) : std::nullopt;
    }
    if (left_.level() != right_.level()) {
      (left_.level() > right_.level() ? left_step_ : right_step_) = Step::down;
      return std::nullopt;
    }
    const auto order = left_.key() <=> right_.key();
    if (order <= 0) left_step_ = Step::down;
    if (order >= 0) right_step_ = Step::down;
    if (left_.at_leaf()) {
      if (order < 0) return ItemChange::created;
      if (order > 0) return ItemChange::deleted;
      return same_bytes(left_.path(), right_.path()) ? ItemChange::same : ItemChange::changed;
    }
    const bool shared = order == 0 && left_.blockptr() == right_.blockptr() &&
                        left_.ptr_generation() == right_.ptr_generation();
    if (shared) left_step_ = right_step_ = Step::over;
    return std::nullopt;
  }

  const Key& report_key(ItemChange change) const {
    return change == ItemChange::deleted ? right_.key() : left_.key();
  }

  SendContext& context_;
  ChangeHandler& handler_;
  CommittedForest& forest_;
  TreeCursor left_;
  TreeCursor right_;
  Step left_step_ = Step::stay;
  Step right_step_ = Step::stay;
  bool done_ = false;
};

}  // namespace

Result<void> walk_send_root(SendContext& context, ChangeHandler& handler) {
  const RootReader& root = context.send_root;
  CommittedForest& forest = root.forest();
  context.last_reloc_trans = forest.last_reloc_trans();

  const Path no_path;
  Path path;
  bool found = TRY(root.search_at_or_after({FIRST_FREE_OBJECTID, INODE_ITEM_KEY, 0}, path));
  while (found) {
    const Key key = path.key();
    std::optional<HoldCommitRoots> held;
    if (!forest.protections().has(Protection::release_before_callback)) held.emplace(forest);
    yield_point(Point::send_before_callback);
    TRY(root.check_leaf(path));
    {
      TraceSpan span(TraceKind::item, key.objectid, key.type);
      TRY(handler.handle({ItemChange::created, key, path, no_path}));
    }
    held.reset();
    yield_point(Point::send_next_key);
    const u64 reloc_trans = forest.last_reloc_trans();
    if (reloc_trans > context.last_reloc_trans) {
      TraceSpan span(TraceKind::restart, reloc_trans);
      note_fact(Fact::restarted, reloc_trans);
      context.note_restart(reloc_trans);
      if (!TRY(root.search(key, path))) {
        return error(Code::corrupt, "key {} of tree {} is gone after a relocation", key_text(key),
                     root.objectid())
            .as_errno("EUCLEAN");
      }
    }
    found = TRY(root.next_item(path));
  }
  return {};
}

Result<void> compare_roots(SendContext& context, ChangeHandler& handler) {
  return TreeComparison(context, handler).run();
}

}  // namespace canopy
