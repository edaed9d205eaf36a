#include "archive/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace canopy {
namespace {

// The header of POSIX (ustar); numbers are octal digits.
struct Header {
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char link[100];
  char magic[6];
  char version[2];
  char user[32];
  char group[32];
  char device_major[8];
  char device_minor[8];
  char prefix[155];
  char unused[12];
};
static_assert(sizeof(Header) == TAR_BLOCK);

// Puts the number into the field; false, and zero there, if it has no room.
template <std::size_t Size>
bool put_octal(char (&field)[Size], u64 value) {
  const bool fits = value < (u64{1} << (3 * (Size - 1)));
  const std::string digits = fmt::format("{:0{}o}", fits ? value : 0, Size - 1);
  std::memcpy(field, digits.c_str(), Size);
  return fits;
}

// Puts the text, or as much as there is room for; false if that was not all.
template <std::size_t Size>
bool put_text(char (&field)[Size], const std::string& text) {
  std::memcpy(field, text.data(), std::min(text.size(), Size));
  return text.size() <= Size;
}

void finish(Header& header) {
  std::memcpy(header.magic, "ustar", 6);
  std::memcpy(header.version, "00", 2);
  std::memset(header.checksum, ' ', sizeof header.checksum);
  u32 sum = 0;
  const auto* bytes = reinterpret_cast<const u8*>(&header);
  for (std::size_t i = 0; i < sizeof header; i++)
    sum += bytes[i];
  // Six digits, a zero, and the space that stands there.
  const std::string digits = fmt::format("{:06o}", sum);
  std::memcpy(header.checksum, digits.c_str(), 7);
}

// "27 path=a/long/name\n": the length counts itself.
std::string record(std::string_view key, std::string_view value) {
  const std::size_t rest = 1 + key.size() + 1 + value.size() + 1;
  std::size_t length = rest + 1;
  while (length != rest + std::to_string(length).size())
    length = rest + std::to_string(length).size();
  return fmt::format("{} {}={}\n", length, key, value);
}

// As GNU tar writes the names of xattrs in keys, where '=' ends the key.
std::string xattr_key(const std::string& name) {
  std::string key = "SCHILY.xattr.";
  for (const char c : name) {
    if (c == '=' || c == '%') {
      key += c == '=' ? "%3D" : "%25";
    } else {
      key += c;
    }
  }
  return key;
}

void append(std::vector<u8>& bytes, const void* data, std::size_t size) {
  const auto* begin = static_cast<const u8*>(data);
  bytes.insert(bytes.end(), begin, begin + size);
}

// Fills the header and returns the records for what has no room in it.
std::string fill(const TarEntry& entry, Header& header) {
  std::string records;
  if (!put_text(header.name, entry.path)) records += record("path", entry.path);
  put_octal(header.mode, entry.mode & 07777);
  if (!put_octal(header.uid, entry.uid)) records += record("uid", std::to_string(entry.uid));
  if (!put_octal(header.gid, entry.gid)) records += record("gid", std::to_string(entry.gid));
  const u64 size = entry.type == TarType::regular ? entry.size_bytes : 0;
  if (!put_octal(header.size, size)) records += record("size", std::to_string(size));
  const bool is_plain = entry.mtime_sec >= 0 && entry.mtime_nsec == 0;
  if (!put_octal(header.mtime, static_cast<u64>(std::max<i64>(entry.mtime_sec, 0))) || !is_plain) {
    // Of times before 1970 the fraction counts on; a decimal number counts away from zero.
    const bool counts_back = entry.mtime_sec < 0 && entry.mtime_nsec > 0;
    const i64 seconds = counts_back ? entry.mtime_sec + 1 : entry.mtime_sec;
    const u32 fraction = counts_back ? 1000000000 - entry.mtime_nsec : entry.mtime_nsec;
    records += record("mtime", fmt::format("{}{}.{:09}", counts_back && seconds == 0 ? "-" : "",
                                           seconds, fraction));
  }
  header.type = static_cast<char>(entry.type);
  if (!put_text(header.link, entry.link)) records += record("linkpath", entry.link);
  put_octal(header.device_major, entry.device_major);
  put_octal(header.device_minor, entry.device_minor);
  for (const auto& [name, value] : entry.xattrs) {
    records += record(xattr_key(name), {reinterpret_cast<const char*>(value.data()), value.size()});
  }
  finish(header);
  return records;
}

}  // namespace

std::vector<u8> tar_header(const TarEntry& entry) {
  Header header{};
  const std::string records = fill(entry, header);
  std::vector<u8> bytes;
  if (!records.empty()) {
    Header pax{};
    put_text(pax.name, "pax/" + entry.path);
    put_octal(pax.mode, 0644);
    put_octal(pax.uid, 0);
    put_octal(pax.gid, 0);
    put_octal(pax.size, records.size());
    put_octal(pax.mtime, 0);
    put_octal(pax.device_major, 0);
    put_octal(pax.device_minor, 0);
    pax.type = 'x';
    finish(pax);
    append(bytes, &pax, sizeof pax);
    append(bytes, records.data(), records.size());
    bytes.resize(bytes.size() + to_size(tar_padding(records.size())));
  }
  append(bytes, &header, sizeof header);
  return bytes;
}

}  // namespace canopy
