#include "session/export_job.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "archive/tar.h"
#include "files/file_contents.h"
#include "files/stranded.h"

namespace canopy {

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20;

// As the kernel numbers devices within (MKDEV).
constexpr u32 minor_bits = 20;

TarType tar_type(u32 mode) {
  switch (mode & MODE_TYPE_MASK) {
    case MODE_DIRECTORY:
      return TarType::directory;
    case MODE_SYMLINK:
      return TarType::symbolic_link;
    case MODE_CHARACTER:
      return TarType::character;
    case MODE_BLOCK:
      return TarType::block;
    case MODE_FIFO:
      return TarType::fifo;
    default:
      return TarType::regular;
  }
}

TarEntry tar_entry(const std::string& path, const InodeItem& inode) {
  TarEntry entry;
  entry.path = path;
  entry.type = tar_type(inode.mode);
  entry.mode = inode.mode & 07777;
  entry.uid = inode.uid;
  entry.gid = inode.gid;
  entry.mtime_sec = static_cast<i64>(inode.mtime.sec.value());
  entry.mtime_nsec = std::min<u32>(inode.mtime.nsec, 999'999'999);
  if (entry.type == TarType::directory) entry.path += '/';
  if (entry.type == TarType::regular) entry.size_bytes = inode.size;
  if (entry.type == TarType::character || entry.type == TarType::block) {
    entry.device_major = static_cast<u32>(inode.rdev.value() >> minor_bits);
    entry.device_minor = static_cast<u32>(inode.rdev.value() & ((1U << minor_bits) - 1));
  }
  return entry;
}

}  // namespace

struct ExportJob::Shared {
  std::shared_ptr<Filesystem> filesystem;
  ExportRequest request;
  std::shared_ptr<StreamFile> file;
  std::function<void()> changed;
  std::vector<u8> piece = std::vector<u8>(piece_size);
  std::map<u64, std::string> links;  // where inodes with several names stand in the archive

  std::atomic<bool> cancelled{false};
  std::atomic<u64> bytes{0};
  std::atomic<u64> files{0};
  mutable std::mutex mutex;  // of what follows
  JobState state = JobState::running;
  std::optional<u64> total;
  std::string current;
  std::string problem;

  void run();
  Result<void> write();
  Result<void> write_archive(const SubvolumeFiles& files);
  Result<void> write_stranded(const SubvolumeFiles& files, FileContents& contents,
                              std::set<u64>& reached, std::set<u64>& entered);
  Result<void> walk(const SubvolumeFiles& files, FileContents& contents, u64 from,
                    const std::string& name, std::set<u64>& reached, std::set<u64>& entered);
  Result<void> write_entry(const SubvolumeFiles& files, FileContents& contents,
                           const std::string& path, const DirectoryEntry& entry);
  Result<std::optional<TarEntry>> describe(const SubvolumeFiles& from, u64 ino,
                                           const std::string& path);
  Result<void> write_contents(FileContents& contents, u64 ino, u64 size_bytes);
  Result<void> append(Bytes part);
  Result<void> append_zeros(u64 count);
};

Result<void> ExportJob::Shared::append(Bytes part) {
  if (cancelled) return error(Code::cancelled, "cancelled");
  if (part.empty()) return {};
  TRY(file->append(part));
  bytes += part.size();
  changed();
  return {};
}

// REQUIRES: count <= piece_size.
Result<void> ExportJob::Shared::append_zeros(u64 count) {
  const MutableBytes part = MutableBytes(piece).first(to_size(count));
  std::fill(part.begin(), part.end(), u8{0});
  return append(part);
}

Result<void> ExportJob::Shared::write_contents(FileContents& contents, u64 ino, u64 size_bytes) {
  for (u64 at = 0; at < size_bytes; at += piece_size) {
    const MutableBytes part =
        MutableBytes(piece).first(to_size(std::min<u64>(piece_size, size_bytes - at)));
    TRY(contents.read(ino, at, part));
    TRY(append(part));
  }
  return {};
}

// What the archive says of an inode; nothing for what no archive can hold.
Result<std::optional<TarEntry>> ExportJob::Shared::describe(const SubvolumeFiles& from, u64 ino,
                                                            const std::string& path) {
  const InodeItem inode = TRY(from.read_inode(ino));
  if ((inode.mode & MODE_TYPE_MASK) == MODE_SOCKET) return std::optional<TarEntry>();
  TarEntry tar = tar_entry(path, inode);
  const bool has_names = inode.nlink > 1 && tar.type != TarType::directory;
  if (const auto known = has_names ? links.find(ino) : links.end(); known != links.end()) {
    tar.type = TarType::hard_link;
    tar.link = known->second;
    tar.size_bytes = 0;
    return std::optional(std::move(tar));
  }
  if (tar.type == TarType::symbolic_link) tar.link = TRY(from.symlink_target(ino));
  std::vector<Xattr> xattrs = TRY(from.xattrs(ino));
  for (Xattr& xattr : xattrs)
    tar.xattrs.emplace_back(std::move(xattr.name), std::move(xattr.value));
  if (has_names) links[ino] = path;
  return std::optional(std::move(tar));
}

Result<void> ExportJob::Shared::write_entry(const SubvolumeFiles& all, FileContents& contents,
                                            const std::string& path, const DirectoryEntry& entry) {
  {
    std::lock_guard lock(mutex);
    current = path;
  }
  // A subvolume's own root is not in this one.
  const std::optional<SubvolumeFiles> other =
      entry.is_subvolume ? std::optional(TRY(SubvolumeFiles::open(all.forest(), entry.ino)))
                         : std::nullopt;
  const SubvolumeFiles& from = other ? *other : all;
  const u64 ino = other ? SubvolumeFiles::ROOT_INO : entry.ino;
  auto described = describe(from, ino, path);
  Losses* const losses = all.forest().cache().losses();
  if (!described.ok() && losses != nullptr) {
    losses->add(LostFile{from.id(), ino, path, described.error().to_string()});
    return {};
  }
  const std::optional<TarEntry> described_entry = TRY(std::move(described));
  if (!described_entry) return {};
  const TarEntry& tar = *described_entry;
  TRY(append(tar_header(tar)));
  TRY(write_contents(contents, ino, tar.size_bytes));
  TRY(append_zeros(tar_padding(tar.size_bytes)));
  files++;
  return {};
}

Result<void> ExportJob::Shared::write_archive(const SubvolumeFiles& all) {
  FileContents contents(all);
  std::set<u64> reached, entered;
  TRY(walk(all, contents, request.place.ino, request.name, reached, entered));
  const bool is_whole = request.place.ino == SubvolumeFiles::ROOT_INO;
  if (is_whole && all.forest().cache().losses() != nullptr)
    TRY(write_stranded(all, contents, reached, entered));
  return append_zeros(TAR_END);
}

// Notes the inodes that have a name there.
Result<void> ExportJob::Shared::walk(const SubvolumeFiles& all, FileContents& contents, u64 from,
                                     const std::string& name, std::set<u64>& reached,
                                     std::set<u64>& entered) {
  const bool in_rescue = all.forest().cache().losses() != nullptr;
  return all.for_each(
      [&](const std::string& path, const DirectoryEntry& entry) {
        if (in_rescue && !entry.is_subvolume) reached.insert(entry.ino);
        return write_entry(all, contents, name + (path.empty() ? "" : "/") + path, entry);
      },
      from, entered);
}

// What no name leads to, under its number.
Result<void> ExportJob::Shared::write_stranded(const SubvolumeFiles& all, FileContents& contents,
                                               std::set<u64>& reached, std::set<u64>& entered) {
  std::string folder = "lost+found";
  while (TRY(all.lookup(SubvolumeFiles::ROOT_INO, folder)))
    folder += '+';
  Losses& losses = *all.forest().cache().losses();
  for (const StrandedInode& inode : TRY(find_stranded(all, reached))) {
    const std::string place = fmt::format("{}/{}", folder, inode.ino);
    const std::string name = request.name + "/" + place;
    const u64 before = files;
    if (inode.is_directory) {
      TRY(walk(all, contents, inode.ino, name, reached, entered));
    } else {
      TRY(write_entry(all, contents, name, {"", FT_UNKNOWN, inode.ino, 0, false}));
    }
    // Why it could not be written has been said.
    if (files == before) continue;
    losses.add(LostFile{
        all.id(), inode.ino, inode.path,
        fmt::format("no directory leads to it{}{}; it is restored as {}",
                    inode.path.empty() ? ", " : "", inode.path.empty() ? inode.about : "", place)});
  }
  return {};
}

Result<void> ExportJob::Shared::write() {
  const SubvolumeFiles all =
      TRY(SubvolumeFiles::open(filesystem->forest(), request.place.subvolume));
  if (request.as_archive) {
    TRY(write_archive(all));
  } else {
    const InodeItem inode = TRY(all.read_inode(request.place.ino));
    if ((inode.mode & MODE_TYPE_MASK) != MODE_REGULAR) {
      return error(Code::invalid, "inode {} is not a file with contents", request.place.ino);
    }
    {
      std::lock_guard lock(mutex);
      total = inode.size;
      current = request.name;
    }
    FileContents contents(all);
    TRY(write_contents(contents, request.place.ino, inode.size));
  }
  return file->finish();
}

void ExportJob::Shared::run() {
  const Result<void> result = write();
  if (!result.ok()) file->discard();
  {
    std::lock_guard lock(mutex);
    state = state_after(result, problem);
  }
  filesystem.reset();
  changed();
}

std::shared_ptr<ExportJob> ExportJob::start(std::shared_ptr<Filesystem> filesystem,
                                            ExportRequest request, std::shared_ptr<StreamFile> file,
                                            std::function<void()> changed) {
  auto shared = std::make_shared<Shared>();
  shared->filesystem = std::move(filesystem);
  shared->request = std::move(request);
  shared->file = std::move(file);
  shared->changed = std::move(changed);
  std::thread([shared] { shared->run(); }).detach();
  return std::shared_ptr<ExportJob>(new ExportJob(std::move(shared)));
}

void ExportJob::cancel() { shared_->cancelled = true; }

ExportJobSnapshot ExportJob::snapshot() const {
  ExportJobSnapshot snapshot;
  snapshot.bytes = shared_->bytes;
  snapshot.files = shared_->files;
  std::lock_guard lock(shared_->mutex);
  snapshot.state = shared_->state;
  snapshot.total_bytes = shared_->total;
  snapshot.current = shared_->current;
  snapshot.problem = shared_->problem;
  return snapshot;
}

}  // namespace canopy
