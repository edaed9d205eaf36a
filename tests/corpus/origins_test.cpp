// Why each command is in a stream: the rule, the item and its change, of every kind of command.

#include <gtest/gtest.h>

#include <set>

#include "recorded_case.h"
#include "send/explain.h"

namespace canopy {
namespace {

bool has_no_item(SendCommand command) {
  return command == SendCommand::subvol || command == SendCommand::snapshot ||
         command == SendCommand::end;
}

// What kinds of items may lead to a command. Empty: any.
std::vector<u8> types_for(SendCommand command) {
  switch (command) {
    case SendCommand::mkfile:
    case SendCommand::mknod:
    case SendCommand::mkfifo:
    case SendCommand::mksock:
    case SendCommand::symlink:
    case SendCommand::chmod:
    case SendCommand::chown:
    case SendCommand::fileattr:
      return {INODE_ITEM_KEY};
    case SendCommand::link:
    case SendCommand::unlink:
      return {INODE_REF_KEY, INODE_EXTREF_KEY};
    case SendCommand::set_xattr:
      return {XATTR_ITEM_KEY, INODE_ITEM_KEY};  // the latter for capabilities
    case SendCommand::remove_xattr:
      return {XATTR_ITEM_KEY};
    case SendCommand::clone:
    case SendCommand::encoded_write:
      return {EXTENT_DATA_KEY};
    case SendCommand::write:
    case SendCommand::update_extent:
    case SendCommand::fallocate:
      return {EXTENT_DATA_KEY, INODE_ITEM_KEY};  // the latter for the hole at the end
    default:
      return {};
  }
}

// Looks at each command as it is written.
class OriginCheck final : public CommandObserver {
 public:
  OriginCheck(Filesystem& filesystem, const SendRequest& request, std::set<SendCommand>& kinds)
      : filesystem_(filesystem), request_(request), kinds_(kinds) {}

  void command_written(const CommandOrigin& origin) override {
    kinds_.insert(origin.command);
    EXPECT_EQ(origin.offset, offset_);
    offset_ += origin.size;
    count_++;
    EXPECT_FALSE(origin.rule.empty());
    SCOPED_TRACE(fmt::format("{} at {}: {} ({})", command_info(origin.command).name, origin.offset,
                             origin.rule, cause_text(origin.cause)));
    EXPECT_EQ(origin.cause.has_item(), !has_no_item(origin.command));
    if (origin.cause.has_item()) check_item(origin);
  }

  u64 offset() const { return offset_; }
  u64 count() const { return count_; }

 private:
  void check_item(const CommandOrigin& origin) {
    const ItemCause& cause = origin.cause;
    EXPECT_EQ(cause.tree, cause.change == ItemChange::deleted ? request_.parent.value_or(0)
                                                              : request_.subvolume);
    auto leaf = filesystem_.cache().read(cause.leaf, BlockExpectation{});
    ASSERT_TRUE(leaf.ok()) << leaf.error().to_string();
    ASSERT_LT(cause.slot, leaf.value()->nritems());
    EXPECT_EQ(leaf.value()->key(cause.slot), cause.key);
    const std::vector<u8> types = types_for(origin.command);
    if (!types.empty()) {
      EXPECT_NE(std::find(types.begin(), types.end(), cause.key.type), types.end());
    }
  }

  Filesystem& filesystem_;
  const SendRequest& request_;
  std::set<SendCommand>& kinds_;
  u64 offset_ = stream_header_size;
  u64 count_ = 0;
};

TEST(Origins, EveryCommandOfEveryKindTellsTheItemThatLedToIt) {
  std::set<SendCommand> kinds;
  for (const char* folder : {"cases/basic-1", "cases/clones-2", "cases/compressed-zstd-2",
                             "cases/data-2", "cases/renames-2", "cases/xattrs-2"}) {
    auto recorded = RecordedCase::load(folder);
    ASSERT_TRUE(recorded.ok()) << recorded.error().to_string();
    auto filesystem = Filesystem::open(recorded.value()->devices());
    ASSERT_TRUE(filesystem.ok());
    for (const RecordedJob& job : recorded.value()->jobs()) {
      if (!job.errno_name.empty() || job.request.flags.omit_stream_header) continue;
      SCOPED_TRACE(fmt::format("{} {}", folder, job.id));
      SendRequest request = job.request;
      request.zeros_for_data = true;
      OriginCheck check(*filesystem.value(), request, kinds);
      MemorySink sink;
      auto sent = send_subvolume(*filesystem.value(), request, sink, nullptr, &check);
      ASSERT_TRUE(sent.ok()) << sent.error().to_string();
      EXPECT_EQ(check.offset(), sent.value().bytes);
      EXPECT_EQ(check.count(), sent.value().commands);
    }
  }
  for (u16 number = 1; number < send_command_count; ++number) {
    const auto command = static_cast<SendCommand>(number);
    if (command == SendCommand::enable_verity) continue;  // of protocol 3, which is not sent
    EXPECT_TRUE(kinds.contains(command)) << "no " << command_info(command).name;
  }
}

TEST(Origins, AreALineBehindEachLineOfTheDump) {
  auto recorded = RecordedCase::load("cases/basic-1");
  ASSERT_TRUE(recorded.ok());
  auto filesystem = Filesystem::open(recorded.value()->devices());
  ASSERT_TRUE(filesystem.ok());
  for (const RecordedJob& job : recorded.value()->jobs()) {
    if (!job.errno_name.empty() || job.request.flags.omit_stream_header) continue;
    MemorySink stream;
    auto sent = send_subvolume(*filesystem.value(), job.request, stream);
    ASSERT_TRUE(sent.ok());
    SendRequest request = job.request;
    request.zeros_for_data = true;
    MemorySink text;
    StreamExplainer explainer(text, 0);
    ASSERT_TRUE(send_subvolume(*filesystem.value(), request, explainer, nullptr, &explainer).ok());
    ASSERT_TRUE(explainer.finish().ok());

    std::string_view rest = as_text(text.bytes());
    Reader reader;
    reader.feed(stream.bytes());
    StreamDump dump;
    u64 lines = 0;
    while (auto command = reader.next().value()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      lines++;
      std::string plain;
      ASSERT_TRUE(dump.append(*command, plain).ok());
      if (command->type() == SendCommand::end) plain = "end";
      plain.erase(plain.find_last_not_of(" \n") + 1);
      EXPECT_TRUE(line.starts_with(plain)) << line;
      const std::size_t reason = line.find("# ", plain.size());
      ASSERT_NE(reason, std::string_view::npos) << line;
      EXPECT_EQ(line.find(", tree ", reason) != std::string_view::npos,
                !has_no_item(command->type()))
          << line;
    }
    EXPECT_EQ(lines, sent.value().commands);
    EXPECT_TRUE(rest.empty()) << rest;
  }
}

}  // namespace
}  // namespace canopy
