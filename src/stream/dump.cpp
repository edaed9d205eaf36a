#include "stream/dump.h"

#include <fmt/format.h>

#include <ctime>
#include <iterator>

#include "base/text.h"

namespace canopy {
namespace {

using enum SendAttribute;

constexpr std::size_t path_max = 4096;
constexpr std::size_t path_width = 32;

std::string_view until_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

// One '/' between the two, and none kept at the end of either.
Result<std::string> join(std::string_view title, std::string_view base, std::string_view path) {
  if (base.size() + path.size() + 2 >= path_max) {
    return error(Code::invalid, "{}: path invalid: {}", title, path).as_errno("ENAMETOOLONG");
  }
  if (base.ends_with('/')) base.remove_suffix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  return fmt::format("{}/{}", base, path);
}

Result<std::string> time_text(StreamTime time) {
  const std::time_t seconds = time.sec;
  std::tm parts = {};
  char text[64];
  if (localtime_r(&seconds, &parts) == nullptr) {
    return error(Code::invalid, "failed to convert time {}.{:09} to local time", time.sec,
                 time.nsec);
  }
  const std::size_t length = std::strftime(text, sizeof text - 1, "%FT%T%z", &parts);
  return std::string(text, length);
}

// The fields of a line, in order: " name=value" or a bare text.
class Fields {
 public:
  Fields(const StreamCommand& command, std::string& out) : command_(command), out_(out) {}

  Fields& number(std::string_view name, SendAttribute attribute) {
    return value(name, command_.number(attribute));
  }
  Fields& value(std::string_view name, u64 value) {
    fmt::format_to(std::back_inserter(out_), "{}{}={}", separator(), name, value);
    return *this;
  }
  Fields& octal(std::string_view name, SendAttribute attribute) {
    fmt::format_to(std::back_inserter(out_), "{}{}={:o}", separator(), name,
                   command_.number(attribute));
    return *this;
  }
  Fields& text(std::string_view name, std::string_view text) {
    fmt::format_to(std::back_inserter(out_), "{}{}={}", separator(), name, text);
    return *this;
  }
  Fields& escaped(std::string_view name, std::string_view text) {
    fmt::format_to(std::back_inserter(out_), "{}{}=", separator(), name);
    append_escaped(text, out_);
    return *this;
  }
  Fields& bare(std::string_view text) {
    out_ += separator();
    append_escaped(text, out_);
    return *this;
  }
  Result<void> times() {
    text("atime", TRY(time_text(command_.timespec(atime))));
    text("mtime", TRY(time_text(command_.timespec(mtime))));
    text("ctime", TRY(time_text(command_.timespec(ctime))));
    return {};
  }

 private:
  std::string_view separator() { return std::exchange(first_, false) ? "" : " "; }

  const StreamCommand& command_;
  std::string& out_;
  bool first_ = true;
};

bool has_fields(SendCommand command) {
  switch (command) {
    case SendCommand::mkfile:
    case SendCommand::mkdir:
    case SendCommand::mkfifo:
    case SendCommand::mksock:
    case SendCommand::unlink:
    case SendCommand::rmdir:
      return false;
    default:
      return true;
  }
}

void append_encoded_write(const StreamCommand& command, Fields& fields) {
  fields.number("offset", file_offset).value("len", command.bytes(data).size());
  for (const SendAttribute attribute : {unencoded_file_len, unencoded_len, unencoded_offset}) {
    fields.number(attribute_info(attribute).name, attribute);
  }
  for (const SendAttribute attribute : {compression, encryption}) {
    fields.value(attribute_info(attribute).name,
                 command.has(attribute) ? command.number(attribute) : 0);
  }
}

void append_enable_verity(const StreamCommand& command, Fields& fields) {
  fields.number("algorithm", verity_algorithm).number("block_size", verity_block_size);
  fields.value("salt_len", command.bytes(verity_salt_data).size());
  fields.value("sig_len", command.bytes(verity_sig_data).size());
}

Result<std::string> full_path(const StreamCommand& command, std::string_view subvol_path,
                              SendAttribute attribute) {
  return join(command_info(command.type()).name, subvol_path, until_nul(command.text(attribute)));
}

// What follows the path.
Result<void> append_fields(const StreamCommand& command, std::string_view subvol_path,
                           Fields& fields) {
  switch (command.type()) {
    case SendCommand::subvol:
      fields.text("uuid", uuid_text(command.uuid(uuid))).number("transid", ctransid);
      break;
    case SendCommand::snapshot:
      fields.text("uuid", uuid_text(command.uuid(uuid))).number("transid", ctransid);
      fields.text("parent_uuid", uuid_text(command.uuid(clone_uuid)));
      fields.number("parent_transid", clone_ctransid);
      break;
    case SendCommand::mknod:
      fields.octal("mode", mode);
      fields.text("dev", fmt::format("0x{:x}", command.number(rdev)));
      break;
    case SendCommand::rename:
      fields.escaped("dest", TRY(full_path(command, subvol_path, path_to)));
      break;
    case SendCommand::symlink:
    case SendCommand::link:
      fields.escaped("dest", until_nul(command.text(path_link)));
      break;
    case SendCommand::set_xattr:
      fields.escaped("name", until_nul(command.text(xattr_name)));
      fields.bare(command.text(xattr_data)).value("len", command.bytes(xattr_data).size());
      break;
    case SendCommand::remove_xattr:
      fields.escaped("name", until_nul(command.text(xattr_name)));
      break;
    case SendCommand::write:
      fields.number("offset", file_offset).value("len", command.bytes(data).size());
      break;
    case SendCommand::clone:
      fields.number("offset", file_offset).number("len", clone_len);
      fields.escaped("from", TRY(full_path(command, subvol_path, clone_path)));
      fields.number("clone_offset", clone_offset);
      break;
    case SendCommand::truncate:
      fields.number("size", size);
      break;
    case SendCommand::chmod:
      fields.octal("mode", mode);
      break;
    case SendCommand::chown:
      fields.number("gid", gid).number("uid", uid);
      break;
    case SendCommand::utimes:
      TRY(fields.times());
      break;
    case SendCommand::update_extent:
      fields.number("offset", file_offset).number("len", size);
      break;
    case SendCommand::fallocate:
      fields.text("mode", std::to_string(static_cast<i32>(command.number(fallocate_mode))));
      fields.number("offset", file_offset).number("len", size);
      break;
    case SendCommand::fileattr:
      // Decimal behind the prefix of a hexadecimal number, as btrfs-progs has it.
      fields.text("fileattr", fmt::format("0x{}", command.number(fileattr)));
      break;
    case SendCommand::encoded_write:
      append_encoded_write(command, fields);
      break;
    case SendCommand::enable_verity:
      append_enable_verity(command, fields);
      break;
    default:
      break;
  }
  return {};
}

}  // namespace

Result<void> StreamDump::append(const StreamCommand& command, std::string& out) {
  if (!command.known() || command.type() == SendCommand::end) return {};
  const std::size_t before = out.size();
  Result<void> result = append_line(command, out);
  if (!result.ok()) out.resize(before);
  return result;
}

Result<void> StreamDump::append_line(const StreamCommand& command, std::string& out) {
  const SendCommand type = command.type();
  const std::string_view title = command_info(type).name;
  if (type == SendCommand::subvol || type == SendCommand::snapshot) {
    subvol_path_ = TRY(join(title, ".", until_nul(command.text(path))));
  }
  const bool is_subvol = type == SendCommand::subvol || type == SendCommand::snapshot;
  fmt::format_to(std::back_inserter(out), "{:<16}", title);
  const std::size_t path_start = out.size();
  append_escaped(is_subvol ? subvol_path_ : TRY(full_path(command, subvol_path_, path)), out);
  if (!has_fields(type)) {
    out += '\n';
    return {};
  }
  const std::size_t path_length = out.size() - path_start;
  out.append(path_length < path_width ? path_width - path_length : 1, ' ');
  Fields fields(command, out);
  TRY(append_fields(command, subvol_path_, fields));
  out += '\n';
  return {};
}

}  // namespace canopy
