// canopy dump-tree: as `btrfs inspect-internal dump-tree` of btrfs-progs 6.14 prints it, but for
// the first line, which names the program. Blocks are taken as they are: a damaged one is shown,
// too, as far as it can be, and what is wrong is said on standard error.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <set>

#include "base/text.h"
#include "cli/command_line.h"
#include "cli/images.h"
#include "inspect/block_fields.h"

namespace canopy {
namespace {

struct DumpTreeOptions {
  std::vector<std::string> images;
  std::string tree;
  std::vector<u64> blocks;
  bool extents = false;
  bool device = false;
  bool roots = false;
  bool backups = false;
  bool uuid = false;
  bool follow = false;
  bool depth_first = false;
  bool breadth_first = false;
  bool hide_names = false;
  bool csum_headers = false;
  bool csum_items = false;
};

struct TreeName {
  const char* name;  // in which - stands for _ as well
  u64 id;
};
// Longer names before those they begin with.
constexpr TreeName TREE_NAMES[] = {
    {"ROOT", ROOT_TREE_OBJECTID},
    {"EXTENT", EXTENT_TREE_OBJECTID},
    {"CHUNK", CHUNK_TREE_OBJECTID},
    {"DEVICE", DEV_TREE_OBJECTID},
    {"DEV", DEV_TREE_OBJECTID},
    {"FS", FS_TREE_OBJECTID},
    {"CSUM", CSUM_TREE_OBJECTID},
    {"CHECKSUM", CSUM_TREE_OBJECTID},
    {"QUOTA", QUOTA_TREE_OBJECTID},
    {"UUID", UUID_TREE_OBJECTID},
    {"FREE_SPACE", FREE_SPACE_TREE_OBJECTID},
    {"TREE_LOG_FIXUP", TREE_LOG_FIXUP_OBJECTID},
    {"TREE_LOG", TREE_LOG_OBJECTID},
    {"TREE_RELOC", TREE_RELOC_OBJECTID},
    {"DATA_RELOC", DATA_RELOC_TREE_OBJECTID},
    {"BLOCK_GROUP", BLOCK_GROUP_TREE_OBJECTID},
    {"RAID_STRIPE", RAID_STRIPE_TREE_OBJECTID},
};

// What the title of a tree calls it.
constexpr TreeName TITLES[] = {
    {"root", ROOT_TREE_OBJECTID},
    {"extent", EXTENT_TREE_OBJECTID},
    {"chunk", CHUNK_TREE_OBJECTID},
    {"device", DEV_TREE_OBJECTID},
    {"fs", FS_TREE_OBJECTID},
    {"directory", ROOT_TREE_DIR_OBJECTID},
    {"checksum", CSUM_TREE_OBJECTID},
    {"orphan", ORPHAN_OBJECTID},
    {"log", TREE_LOG_OBJECTID},
    {"log fixup", TREE_LOG_FIXUP_OBJECTID},
    {"reloc", TREE_RELOC_OBJECTID},
    {"data reloc", DATA_RELOC_TREE_OBJECTID},
    {"extent checksum", EXTENT_CSUM_OBJECTID},
    {"quota", QUOTA_TREE_OBJECTID},
    {"uuid", UUID_TREE_OBJECTID},
    {"free space", FREE_SPACE_TREE_OBJECTID},
    {"multiple", MULTIPLE_OBJECTIDS},
    {"block group", BLOCK_GROUP_TREE_OBJECTID},
    {"raid stripe", RAID_STRIPE_TREE_OBJECTID},
};

const char* title_of(u64 id) {
  for (const TreeName& entry : TITLES)
    if (entry.id == id) return entry.name;
  return "file";
}

// A number, or a name: "FS", "fs_tree", "BTRFS_FS_TREE_OBJECTID".
Result<u64> parse_tree(const std::string& text) {
  if (const auto id = number_of(text); id && *id != 0) return *id;
  std::string name;
  for (char c : text)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const auto strip = [&](std::string_view affix) {
    if (name.size() > affix.size() && name.ends_with(affix))
      name.resize(name.size() - affix.size());
  };
  if (name.starts_with("BTRFS_")) name.erase(0, 6);
  strip("_OBJECTID");
  strip("_TREE");
  for (const TreeName& entry : TREE_NAMES)
    if (name == entry.name) return entry.id;
  return error(Code::invalid, "there is no tree called {}", text);
}

class TreeDumper {
 public:
  TreeDumper(Filesystem& filesystem, const DumpTreeOptions& options)
      : filesystem_(filesystem), super_(filesystem.super()), options_(options) {
    context_.nodesize = super_.nodesize;
    context_.sectorsize = super_.sectorsize;
    context_.csum_type = super_.csum_type;
    context_.simple_quota = (super_.incompat_flags & FEATURE_INCOMPAT_SIMPLE_QUOTA) != 0;
    context_.hide_names = options.hide_names;
    context_.csum_headers = options.csum_headers;
    context_.csum_items = options.csum_items;
  }

  Result<void> dump_blocks() {
    for (u64 logical : std::set<u64>(options_.blocks.begin(), options_.blocks.end())) {
      const auto block = read(logical);
      if (!block) continue;
      TRY(options_.follow ? dump_tree(logical, *block) : print_block(logical, *block));
    }
    return {};
  }

  Result<void> dump_trees() {
    const u64 only = options_.tree.empty() ? 0 : TRY(parse_tree(options_.tree));
    if (only == ROOT_TREE_OBJECTID) return dump_pointed("root tree", super_.root);
    if (only == CHUNK_TREE_OBJECTID) return dump_pointed("chunk tree", super_.chunk_root);
    if (only == TREE_LOG_OBJECTID) {
      if (super_.log_root == 0) return error(Code::not_found, "there is no log tree");
      return dump_pointed("log root tree", super_.log_root);
    }
    const bool some = options_.extents || options_.uuid || only != 0;
    if (!some) TRY(dump_pointed_trees());
    TRY(dump_listed_trees(super_.root, only));
    if (super_.log_root != 0) TRY(dump_listed_trees(super_.log_root, only));
    if (only == BLOCK_GROUP_TREE_OBJECTID) {
      if (!found_) return error(Code::not_found, "there is no block group tree");
      return {};
    }
    if (options_.extents || options_.device || options_.uuid) return {};
    if (options_.backups) print_backups();
    fmt::print("total bytes {}\nbytes used {}\nuuid {}\n", super_.total_bytes.value(),
               super_.bytes_used.value(), uuid_text(super_.fsid));
    if (only != 0 && !found_) return error(Code::not_found, "there is no tree {}", options_.tree);
    return {};
  }

  // Whether something could not be read or was damaged.
  bool damaged() const { return damaged_; }

 private:
  using Block = std::vector<u8>;

  void complain(std::string_view message) {
    damaged_ = true;
    std::fflush(stdout);
    fmt::print(stderr, "canopy: {}\n", message);
  }

  // The block from the first mirror that has it right; else from one that has anything.
  std::optional<Block> read(u64 logical) {
    Volume& volume = filesystem_.volume();
    const ChecksumInfo& checksum = *filesystem_.cache().format().checksum;
    const u32 mirrors = volume.num_mirrors(logical);
    if (mirrors == 0 || logical % context_.sectorsize != 0) {
      complain(fmt::format("there is no tree block at {}: no chunk maps it", logical));
      return std::nullopt;
    }
    std::optional<Block> any;
    std::string problem;
    for (u32 mirror = 1; mirror <= mirrors; ++mirror) {
      Block block(context_.nodesize);
      if (auto result = volume.read(logical, block, mirror); !result.ok()) {
        problem = result.error().message();
        continue;
      }
      const Header header = load_struct<Header>(block);
      if (!checksum_matches(checksum, Bytes(block).subspan(CSUM_SIZE), header.csum))
        problem = "its checksum is wrong";
      else if (header.bytenr != logical)
        problem = fmt::format("it says that it lies at {}", header.bytenr.value());
      else
        return block;
      any = std::move(block);
    }
    complain(fmt::format("tree block {}: {}", logical, problem));
    return any;
  }

  Result<void> print_block(u64 logical, Bytes block) {
    // Each tree has fewer blocks than the filesystem has room for: more is a circle.
    if (++printed_ > super_.total_bytes / context_.nodesize + 1)
      return error(Code::corrupt,
                   "the tree has more blocks than the filesystem: it runs in circles")
          .at(logical);
    std::vector<std::string> problems;
    const std::string text = block_text(context_, block, logical, problems);
    std::fwrite(text.data(), 1, text.size(), stdout);
    for (const std::string& problem : problems)
      complain(problem);
    if (std::ferror(stdout)) return error(Code::io, "cannot write to standard output");
    return {};
  }

  // The child that a slot of a node points to, if it is what the node says.
  std::optional<Block> read_child(u64 parent, Bytes node, u32 slot, u64& logical) {
    const auto pointer = load_struct<KeyPtr>(node, sizeof(Header) + slot * sizeof(KeyPtr));
    logical = pointer.blockptr;
    auto child = read(logical);
    if (!child) return std::nullopt;
    const Header header = load_struct<Header>(*child);
    const u8 level = load_struct<Header>(node).level;
    if (header.level + 1 == level && header.generation == pointer.generation) return child;
    complain(
        fmt::format("tree block {}, slot {} of {}: level {} and generation {} instead of {} "
                    "and {}: skipped",
                    logical, slot, parent, header.level, header.generation.value(), level - 1,
                    pointer.generation.value()));
    return std::nullopt;
  }

  // All blocks below the node, depth first; or of one level only, from left to right.
  Result<void> dump_children(u64 parent, Bytes node, std::optional<u8> only_level) {
    const u8 child_level = static_cast<u8>(load_struct<Header>(node).level - 1);
    for (u32 slot = 0; slot < slot_count(node); ++slot) {
      u64 logical = 0;
      const auto child = read_child(parent, node, slot, logical);
      if (!child) continue;
      if (!only_level || *only_level == child_level) TRY(print_block(logical, *child));
      if (child_level > 0 && (!only_level || *only_level < child_level))
        TRY(dump_children(logical, *child, only_level));
    }
    return {};
  }

  Result<void> dump_tree(u64 logical, Bytes root) {
    printed_ = 0;
    TRY(print_block(logical, root));
    const u8 level = load_struct<Header>(root).level;
    if (level == 0 || level >= MAX_LEVEL) return {};
    if (options_.depth_first) return dump_children(logical, root, std::nullopt);
    for (u8 below = level; below-- > 0;)
      TRY(dump_children(logical, root, below));
    return {};
  }

  Result<void> dump_pointed(const char* title, u64 logical) {
    fmt::print("{}\n", title);
    const auto block = read(logical);
    if (!block) return error(Code::corrupt, "the {} cannot be read", title).at(logical);
    return dump_tree(logical, *block);
  }

  // The trees that the superblock points to.
  Result<void> dump_pointed_trees() {
    const std::pair<const char*, u64> trees[] = {{"root tree", super_.root},
                                                 {"chunk tree", super_.chunk_root},
                                                 {"log root tree", super_.log_root}};
    for (const auto& [title, logical] : trees) {
      if (logical == 0) continue;
      if (!options_.roots) {
        TRY(dump_pointed(title, logical));
      } else if (const auto block = read(logical)) {
        fmt::print("{}: {} level {}\n", title, logical, load_struct<Header>(*block).level);
      }
    }
    return {};
  }

  // The trees that the root tree, or the log root tree, lists.
  Result<void> dump_listed_trees(u64 list, u64 only) {
    const auto root = read(list);
    if (!root) return error(Code::corrupt, "the root tree cannot be read").at(list);
    return visit_leaves(list, *root, [&](Bytes leaf) { return dump_listed(leaf, only); });
  }

  template <typename Visit>
  Result<void> visit_leaves(u64 logical, Bytes block, const Visit& visit) {
    if (load_struct<Header>(block).level == 0) return visit(block);
    for (u32 slot = 0; slot < slot_count(block); ++slot) {
      u64 child_logical = 0;
      if (const auto child = read_child(logical, block, slot, child_logical))
        TRY(visit_leaves(child_logical, *child, visit));
    }
    return {};
  }

  Result<void> dump_listed(Bytes leaf, u64 only) {
    for (u32 slot = 0; slot < slot_count(leaf); ++slot) {
      const auto place = item_place(leaf, slot);
      if (!place || place->key.type != ROOT_ITEM_KEY) continue;
      if (only != 0 && place->key.objectid != only) continue;
      found_ = true;
      const Bytes item = leaf.subspan(place->offset, place->size);
      if (auto root = parse_root_item(item, place->key.objectid); root.ok())
        TRY(dump_root_item(place->key, root.value(), only));
      else
        complain(root.error().message());
    }
    return {};
  }

  bool is_asked(u64 id) const {
    if (id == ROOT_TREE_DIR_OBJECTID) return true;
    if (!options_.extents && !options_.device && !options_.uuid) return true;
    if (id == EXTENT_TREE_OBJECTID) return !options_.device && !options_.uuid;
    if (id == DEV_TREE_OBJECTID) return !options_.uuid;
    if (id == UUID_TREE_OBJECTID) return !options_.extents && !options_.device;
    return false;
  }

  Result<void> dump_root_item(const Key& key, const RootItem& item, u64 only) {
    if (!is_asked(key.objectid)) return {};
    const auto block = read(item.bytenr);
    if (!block) return {};
    if (only == BLOCK_GROUP_TREE_OBJECTID) {
      fmt::print("block group tree\n");
      return dump_tree(item.bytenr, *block);
    }
    const std::string title = fmt::format("{} tree key {}", title_of(key.objectid), key_text(key));
    if (options_.extents) {
      fmt::print("{}\n", title);
      printed_ = 0;
      return visit_leaves(item.bytenr, *block, [&](Bytes leaf) {
        return print_block(load_struct<Header>(leaf).bytenr, leaf);
      });
    }
    if (options_.roots) {
      fmt::print("{} {} level {}\n", title, item.bytenr.value(), load_struct<Header>(*block).level);
      return {};
    }
    fmt::print("{} \n", title);
    return dump_tree(item.bytenr, *block);
  }

  void print_backups() const {
    for (u32 i = 0; i < NUM_BACKUP_ROOTS; ++i) {
      const RootBackup& backup = super_.super_roots[i];
      fmt::print("btrfs root backup slot {}\n", i);
      const auto root = [](const char* title, u64 generation, u64 block) {
        fmt::print("\t{} root gen {} block {}\n", title, generation, block);
      };
      root("tree", backup.tree_root_gen, backup.tree_root);
      root("\textent", backup.extent_root_gen, backup.extent_root);
      root("\tchunk", backup.chunk_root_gen, backup.chunk_root);
      root("\tdevice", backup.dev_root_gen, backup.dev_root);
      root("\tcsum", backup.csum_root_gen, backup.csum_root);
      root("\tfs", backup.fs_root_gen, backup.fs_root);
      fmt::print("\t\t{} used {} total {} devices\n", backup.bytes_used.value(),
                 backup.total_bytes.value(), backup.num_devices.value());
    }
  }

  Filesystem& filesystem_;
  const Superblock& super_;
  const DumpTreeOptions& options_;
  FieldContext context_;
  u64 printed_ = 0;
  bool found_ = false;
  bool damaged_ = false;
};

Result<int> run_dump_tree(const DumpTreeOptions& options) {
  auto filesystem = TRY(open_images(options.images));
  fmt::print("canopy {}\n", CANOPY_VERSION);
  TreeDumper dumper(*filesystem, options);
  TRY(options.blocks.empty() ? dumper.dump_trees() : dumper.dump_blocks());
  return dumper.damaged() ? EXIT_FAILED : EXIT_DONE;
}

}  // namespace

void add_dump_tree(CommandLine& line) {
  auto options = std::make_shared<DumpTreeOptions>();
  Command command = line.add("dump-tree", "Show trees, or blocks of them, as text");
  add_image_arguments(command, options->images);
  add_opening_options(command);
  command.option("-t,--tree", options->tree, "Only this tree: its id, or FS, CHUNK, CSUM, ...")
      .called("TREE");
  command.option("-b,--block", options->blocks, "Only this block; may be repeated")
      .called("LOGICAL")
      .once_each_time();
  command.flag("--follow", options->follow, "With -b: also what lies below the block");
  command.flag("-e,--extents", options->extents,
               "Only the extent and device trees, and of them the leaves");
  command.flag("-d,--device", options->device, "Only the root, chunk and device trees");
  command.flag("-r,--roots", options->roots, "Only where the trees begin");
  command.flag("-R,--backups", options->backups, "As -r, and the backup roots");
  command.flag("-u,--uuid", options->uuid, "Only the UUID tree");
  Option dfs = command.flag("--dfs", options->depth_first, "Each node before its children");
  command.flag("--bfs", options->breadth_first, "Level by level (the default)").excludes(dfs);
  command.flag("--hide-names", options->hide_names, "No names of files, nor values of xattrs");
  command.flag("--csum-headers", options->csum_headers, "Checksums of the blocks");
  command.flag("--csum-items", options->csum_items, "Checksums of data");
  line.on_run(command, [options] {
    options->roots |= options->backups;
    return run_dump_tree(*options);
  });
}

}  // namespace canopy
