#include "send/paths.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "send/current_inode.h"
#include "send/dir_moves.h"
#include "send/inode_lookup.h"

namespace canopy {
namespace {

constexpr std::size_t name_cache_capacity = 256;

// A path that grows at its front.
class ReversedPath {
 public:
  Result<void> prepend(std::string_view name) {
    std::size_t needed = name.size() + (length() > 0 ? 1 : 0);
    if (needed > start_) {
      return error(Code::invalid, "a path is longer than {} bytes", max_path_length)
          .as_errno("ENAMETOOLONG");
    }
    if (length() > 0) buffer_[--start_] = '/';
    start_ -= name.size();
    std::memcpy(buffer_.data() + start_, name.data(), name.size());
    return {};
  }
  std::size_t length() const { return buffer_.size() - start_; }
  std::string_view text() const { return {buffer_.data() + start_, length()}; }

 private:
  std::array<char, max_path_length> buffer_;
  std::size_t start_ = max_path_length;
};

}  // namespace

Result<void> append_name(std::string& path, std::string_view name) {
  std::size_t length = path.size() + name.size() + (path.empty() ? 0 : 1);
  if (length > max_path_length) {
    return error(Code::invalid, "a path is longer than {} bytes", max_path_length)
        .as_errno("ENAMETOOLONG");
  }
  if (!path.empty()) path += '/';
  path += name;
  return {};
}

Paths::Paths(SendContext& context, const CurrentInode& inode, const DirMoves& moves)
    : context_(context), inode_(inode), moves_(moves), names_(name_cache_capacity) {}

Result<void> Paths::path_of(u64 ino, u64 gen, std::string& out) {
  const bool in_hand = inode_.is(ino, gen);
  if (in_hand && !current_inode_path_.empty()) {
    out = current_inode_path_;
    return {};
  }

  ReversedPath path;
  NameAndParent step;
  for (u32 steps = 0; ino != FIRST_FREE_OBJECTID; ++steps) {
    if (steps > max_climb) return climbs_in_a_circle(ino);
    step.orphan = false;
    if (moves_.is_waiting_for_removal(ino, gen)) {
      step.name.clear();
      TRY(append_orphan_name(ino, gen, step.name));
      step.orphan = true;
    } else if (const WaitingMove* move = moves_.waiting_move(ino); move != nullptr) {
      TRY(name_before_move(ino, gen, *move, step));
    } else {
      TRY(name_and_parent(ino, gen, step));
    }
    TRY(path.prepend(step.name));
    if (step.orphan) break;
    ino = step.parent_ino;
    gen = step.parent_gen;
  }
  out = path.text();
  if (in_hand) current_inode_path_ = out;
  return {};
}

Result<void> Paths::name_before_move(u64 ino, u64 gen, const WaitingMove& move,
                                     NameAndParent& out) const {
  out.name.clear();
  if (move.orphanized) {
    out.orphan = true;
    return append_orphan_name(ino, gen, out.name);
  }
  FirstRef ref = TRY(read_first_ref(*context_.parent_root, ino));
  out.name = std::move(ref.name);
  out.parent_ino = ref.dir;
  out.parent_gen = TRY(read_inode(*context_.parent_root, ref.dir)).gen;
  return {};
}

Result<std::string_view> Paths::current_inode_path() {
  if (current_inode_path_.empty()) {
    std::string path;
    TRY(path_of(inode_.ino, inode_.gen, path));
  }
  return std::string_view(current_inode_path_);
}

Result<std::string_view> Paths::path_for_command(u64 ino, u64 gen, std::string& scratch) {
  if (inode_.is(ino, gen)) return current_inode_path();
  TRY(path_of(ino, gen, scratch));
  return std::string_view(scratch);
}

Result<void> Paths::append_orphan_name(u64 ino, u64 gen, std::string& path) const {
  char text[64];
  for (u64 n = 0;; ++n) {
    auto end = fmt::format_to_n(text, sizeof text, "o{}-{}-{}", ino, gen, n);
    std::string_view name(text, end.size);
    if (TRY(has_dir_item(context_.send_root, FIRST_FREE_OBJECTID, name))) continue;
    if (context_.incremental() &&
        TRY(has_dir_item(*context_.parent_root, FIRST_FREE_OBJECTID, name))) {
      continue;
    }
    return append_name(path, name);
  }
}

Result<void> Paths::name_and_parent(u64 ino, u64 gen, NameAndParent& out) {
  if (const CachedName* cached = names_.lookup(ino, gen); cached != nullptr) {
    if (!cached->of_parent_root || ino >= send_progress) {
      out.name = cached->name;
      out.parent_ino = cached->parent_ino;
      out.parent_gen = cached->parent_gen;
      out.orphan = cached->orphan;
      return {};
    }
    names_.remove(ino, gen);
  }

  out.name.clear();
  out.orphan = true;
  if (TRY(exists_now(ino, gen))) {
    const RootReader& root = ino < send_progress ? context_.send_root : *context_.parent_root;
    FirstRef ref = TRY(read_first_ref(root, ino));
    out.parent_ino = ref.dir;
    out.parent_gen = TRY(read_inode(root, ref.dir)).gen;
    out.orphan = TRY(did_overwrite(out.parent_ino, out.parent_gen, ino, gen, ref.name));
    out.name = std::move(ref.name);
  }
  if (out.orphan) {
    out.name.clear();
    TRY(append_orphan_name(ino, gen, out.name));
  }
  names_.store(ino, gen,
               {out.name, out.parent_ino, out.parent_gen, out.orphan, ino >= send_progress});
  return {};
}

void Paths::forget_name(u64 ino, u64 gen) { names_.remove(ino, gen); }

Result<Paths::StateAndGens> Paths::lookup_state(u64 ino, u64 gen) const {
  StateAndGens result;
  std::optional<u64> send_gen;
  std::optional<u64> parent_gen;
  // An inode without links counts as absent.
  if (auto info = TRY(context_.send_root.find_inode(ino)); info && info->nlink > 0) {
    send_gen = info->gen;
  }
  if (context_.incremental()) {
    if (auto info = TRY(context_.parent_root->find_inode(ino)); info && info->nlink > 0) {
      parent_gen = info->gen;
    }
  }
  result.send_gen = send_gen.value_or(0);
  result.parent_gen = parent_gen.value_or(0);

  const bool processed = ino < send_progress;
  if (send_gen == gen && parent_gen == gen) {
    result.state = InodeState::no_change;
  } else if (send_gen == gen) {
    result.state = processed ? InodeState::did_create : InodeState::will_create;
  } else if (parent_gen == gen) {
    result.state = processed ? InodeState::did_delete : InodeState::will_delete;
  }
  return result;
}

Result<InodeState> Paths::inode_state(u64 ino, u64 gen) const {
  auto found = TRY(lookup_state(ino, gen));
  if (!found.state) {
    return error(Code::not_found, "inode {} of generation {} is in neither root", ino, gen)
        .as_errno("ENOENT");
  }
  return *found.state;
}

Result<bool> Paths::exists_now(u64 ino, u64 gen) const {
  if (ino == FIRST_FREE_OBJECTID) return true;
  InodeState state = TRY(inode_state(ino, gen));
  return state == InodeState::no_change || state == InodeState::did_create ||
         state == InodeState::will_delete;
}

// Whether (dir, dir_gen) exists at the receiver now and is the directory `gen_of` names.
Result<bool> Paths::is_dir_now(u64 dir, u64 dir_gen, u64 StateAndGens::* gen_of) const {
  if (dir == FIRST_FREE_OBJECTID) return true;
  auto found = TRY(lookup_state(dir, dir_gen));
  if (!found.state) {
    return error(Code::not_found, "inode {} of generation {} is in neither root", dir, dir_gen)
        .as_errno("ENOENT");
  }
  bool exists = *found.state == InodeState::no_change || *found.state == InodeState::did_create ||
                *found.state == InodeState::will_delete;
  return exists && found.*gen_of == dir_gen;
}

Result<std::optional<Paths::Overwritten>> Paths::will_overwrite(u64 dir, u64 dir_gen,
                                                                std::string_view name) const {
  if (!context_.incremental()) return std::optional<Overwritten>();
  // A directory that cannot be looked up overwrites nothing: the kernel drops the error here.
  auto there = is_dir_now(dir, dir_gen, &StateAndGens::parent_gen);
  if (!there.ok() || !there.value()) return std::optional<Overwritten>();

  auto other = TRY(find_dir_entry(*context_.parent_root, dir, name));
  if (!other) return std::optional<Overwritten>();
  // An inode that was processed gave up this name already, unless its own move still waits.
  if (*other <= send_progress && !moves_.is_waiting_for_move(*other)) {
    return std::optional<Overwritten>();
  }
  InodeInfo info = TRY(read_inode(*context_.parent_root, *other));
  return std::optional<Overwritten>({*other, info.gen, info.mode});
}

Result<bool> Paths::did_overwrite(u64 dir, u64 dir_gen, u64 ino, u64 gen,
                                  std::string_view name) const {
  if (!context_.incremental()) return false;
  if (!TRY(is_dir_now(dir, dir_gen, &StateAndGens::send_gen))) return false;

  auto other = TRY(find_dir_entry(context_.send_root, dir, name));
  if (!other) return false;
  if (*other == ino && TRY(read_inode(context_.send_root, ino)).gen == gen) return false;

  if (*other < send_progress) return true;
  // The inode in hand takes its names now, before progress moves past it.
  return ino != inode_.ino && *other == inode_.ino &&
         TRY(read_inode(context_.send_root, *other)).gen == inode_.gen;
}

Result<bool> Paths::did_overwrite_first_ref(u64 ino, u64 gen) const {
  if (!context_.incremental()) return false;
  FirstRef ref = TRY(read_first_ref(*context_.parent_root, ino));
  u64 dir_gen = TRY(read_inode(*context_.parent_root, ref.dir)).gen;
  return did_overwrite(ref.dir, dir_gen, ino, gen, ref.name);
}

}  // namespace canopy
