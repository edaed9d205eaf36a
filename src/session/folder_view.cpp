#include "session/folder_view.h"

#include <algorithm>

#include "files/subvolume.h"

namespace canopy {

namespace {

// A row is about a hundred bytes.
constexpr std::size_t most_rows = 500'000;

void put_inode(const InodeItem& inode, FileRow& row) {
  row.is_known = true;
  row.mode = inode.mode;
  row.uid = inode.uid;
  row.gid = inode.gid;
  row.nlink = inode.nlink;
  row.size_bytes = inode.size;
  row.modified = static_cast<i64>(inode.mtime.sec.value());
}

// What is known of the subvolume that lies under a name.
void put_subvolume(CommittedForest& forest, FileRow& row) {
  const auto files = SubvolumeFiles::open(forest, row.place.subvolume);
  if (!files.ok()) return;
  const auto inode = files.value().find_inode(SubvolumeFiles::ROOT_INO);
  if (inode.ok() && inode.value()) put_inode(*inode.value(), row);
}

bool comes_first(const FileRow& a, const FileRow& b, const FolderKey& key) {
  if (a.is_folder() != b.is_folder()) return a.is_folder();
  const FileRow& low = key.descending ? b : a;
  const FileRow& high = key.descending ? a : b;
  switch (key.order) {
    case FileOrder::size:
      if (low.size_bytes != high.size_bytes) return low.size_bytes < high.size_bytes;
      break;
    case FileOrder::modified:
      if (low.modified != high.modified) return low.modified < high.modified;
      break;
    case FileOrder::inode:
      if (low.place.ino != high.place.ino) return low.place.ino < high.place.ino;
      break;
    case FileOrder::name:
      break;
  }
  return low.name < high.name;
}

Result<void> read_rows(const SubvolumeFiles& files, const std::atomic<bool>& dropped,
                       FolderView& view) {
  const std::vector<DirectoryEntry> entries = TRY(files.list(view.key.place.ino));
  view.names = entries.size();
  view.rows.reserve(std::min(entries.size(), most_rows));
  for (const DirectoryEntry& entry : entries) {
    if (view.rows.size() == most_rows) {
      view.problem =
          fmt::format("There are {} names: the first {} are shown.", entries.size(), most_rows);
      break;
    }
    if (dropped) return {};
    FileRow& row = view.rows.emplace_back();
    row.name = entry.name;
    row.type = entry.type;
    row.is_subvolume = entry.is_subvolume;
    if (entry.is_subvolume) {
      row.place = {entry.ino, SubvolumeFiles::ROOT_INO};
      put_subvolume(files.forest(), row);
      continue;
    }
    row.place = {files.id(), entry.ino};
    const auto inode = files.find_inode(entry.ino);
    if (inode.ok() && inode.value()) put_inode(*inode.value(), row);
  }
  std::sort(view.rows.begin(), view.rows.end(),
            [&](const FileRow& a, const FileRow& b) { return comes_first(a, b, view.key); });
  return {};
}

Result<void> read_steps(Filesystem& filesystem, const SubvolumeFiles& files, FolderView& view) {
  const SubvolumeList subvolumes = TRY(SubvolumeList::read(filesystem.forest()));
  const Subvolume* subvolume = subvolumes.find(files.id());
  if (subvolume == nullptr) return {};
  FilePlace at{files.id(), SubvolumeFiles::ROOT_INO};
  view.steps.push_back({subvolume->display_name(), at});
  if (view.key.place.ino == SubvolumeFiles::ROOT_INO) {
    if (subvolume->parent_id != 0) view.parent = FilePlace{subvolume->parent_id, subvolume->dirid};
    return {};
  }
  const std::vector<std::string> paths = TRY(files.paths(view.key.place.ino));
  if (paths.empty()) return {};
  std::string_view rest = paths.front();
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    const auto entry = TRY(files.lookup(at.ino, name));
    if (!entry) return {};
    view.parent = at;
    at.ino = entry->ino;
    view.steps.push_back({std::string(name), at});
  }
  return {};
}

}  // namespace

FolderView read_folder(Filesystem& filesystem, const FolderKey& key,
                       const std::atomic<bool>& dropped) {
  FolderView view;
  view.key = key;
  const auto read = [&]() -> Result<void> {
    const SubvolumeFiles files =
        TRY(SubvolumeFiles::open(filesystem.forest(), key.place.subvolume));
    TRY(read_steps(filesystem, files, view));
    return read_rows(files, dropped, view);
  };
  if (const Result<void> result = read(); !result.ok()) view.problem = result.error().to_string();
  return view;
}

std::string mode_text(u32 mode) {
  std::string text = "?";
  switch (mode & MODE_TYPE_MASK) {
    case MODE_REGULAR:
      text = "-";
      break;
    case MODE_DIRECTORY:
      text = "d";
      break;
    case MODE_SYMLINK:
      text = "l";
      break;
    case MODE_CHARACTER:
      text = "c";
      break;
    case MODE_BLOCK:
      text = "b";
      break;
    case MODE_FIFO:
      text = "p";
      break;
    case MODE_SOCKET:
      text = "s";
      break;
    default:
      break;
  }
  constexpr const char* letters = "rwxrwxrwx";
  for (u32 i = 0; i < 9; i++)
    text += (mode >> (8 - i) & 1) != 0 ? letters[i] : '-';
  const auto special = [&](u32 bit, std::size_t at, char with, char without) {
    if ((mode & bit) != 0) text[at] = text[at] == 'x' ? with : without;
  };
  special(04000, 3, 's', 'S');
  special(02000, 6, 's', 'S');
  special(01000, 9, 't', 'T');
  return text;
}

}  // namespace canopy
