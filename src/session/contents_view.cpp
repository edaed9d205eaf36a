#include "session/contents_view.h"

#include <algorithm>
#include <string_view>

#include "base/json.h"
#include "files/file_contents.h"

namespace canopy {

namespace {

bool is_continuation(u8 byte) { return (byte & 0xc0) == 0x80; }

bool is_text(const std::vector<u8>& bytes) {
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t i = 0; i < 3 && !rest.empty() && is_continuation(static_cast<u8>(rest[0])); i++)
    rest.remove_prefix(1);
  while (!rest.empty()) {
    const auto first = static_cast<u8>(rest[0]);
    if (first == 0x7f || (first < ' ' && first != '\n' && first != '\t' && first != '\r'))
      return false;
    const std::size_t length = utf8_sequence_length(rest);
    // The last character may go on behind the piece.
    if (length == 0) return first >= 0xc0 && rest.size() < 4;
    rest.remove_prefix(length);
  }
  return true;
}

Result<void> read(Filesystem& filesystem, const ContentsKey& key, ContentsView& view) {
  const SubvolumeFiles files = TRY(SubvolumeFiles::open(filesystem.forest(), key.place.subvolume));
  const InodeItem inode = TRY(files.read_inode(key.place.ino));
  if ((inode.mode & MODE_TYPE_MASK) != MODE_REGULAR)
    return error(Code::invalid, "inode {} is no file", key.place.ino);
  view.file_size = inode.size;
  if (key.offset >= view.file_size) return {};
  view.bytes.resize(to_size(std::min(ContentsView::most_bytes, view.file_size - key.offset)));
  if (Result<void> got = FileContents(files).read(key.place.ino, key.offset, view.bytes);
      !got.ok()) {
    view.bytes.clear();
    return got;
  }
  view.is_text = is_text(view.bytes);
  return {};
}

}  // namespace

ContentsView read_contents(Filesystem& filesystem, const ContentsKey& key) {
  ContentsView view;
  view.offset = key.offset;
  if (const Result<void> got = read(filesystem, key, view); !got.ok())
    view.problem = got.error().to_string();
  return view;
}

}  // namespace canopy
