// The bytes of files, as read(2) returns them: the extents of an inode put together, holes and
// reserved space as zeros, all of it verified against the checksums.
//
// One thread uses a FileContents. It may be used beside a relocation: where an extent lies is
// looked up again for every piece that is read.
#pragma once

#include "files/extent_reader.h"
#include "files/subvolume_files.h"

namespace canopy {

class FileContents {
 public:
  // `files` is borrowed.
  explicit FileContents(const SubvolumeFiles& files);

  // Fills `out` with the bytes at `offset` of a regular file or a symbolic link. Zeros where the
  // file has no extents, also behind its end. Errors: as ExtentReader::read(), with the inode.
  Result<void> read(u64 ino, u64 offset, MutableBytes out);

 private:
  Result<bool> may_have_checksums(u64 ino);
  Result<void> copy_extent(const Key& key, const FileExtent& extent, u64 offset, MutableBytes out);

  const SubvolumeFiles& files_;
  ExtentReader reader_;
  std::vector<DataSpan> spans_;
  u64 last_ino_ = 0;
  bool last_checksummed_ = true;
};

}  // namespace canopy
