// Sends of sessions, on the sample image of the page.
#include <gtest/gtest.h>

#include "sample_session.h"
#include "session/command_rows.h"
#include "stream/reader.h"

namespace canopy {
namespace {

TEST(Session, SendsTheSampleAndKeepsTheStream) {
  News news;
  auto session = open_sample(news);
  auto file = std::make_shared<MemoryStreamFile>();
  auto job =
      session->send(request_for(*session, "snapshots/tuesday", "snapshots/monday"), file).value();
  news.wait([&] { return job->snapshot().ended(); });
  const SendJobSnapshot snapshot = job->snapshot();
  ASSERT_EQ(snapshot.state, JobState::done) << snapshot.problem;
  EXPECT_TRUE(file->is_finished());
  const std::vector<u8> bytes = file->bytes();
  EXPECT_EQ(snapshot.bytes, bytes.size());
  EXPECT_EQ(snapshot.sha256.size(), 64u);

  Reader reader;
  reader.feed(bytes);
  u64 commands = 0;
  for (;;) {
    auto command = reader.next();
    ASSERT_TRUE(command.ok());
    if (command.value() == nullptr) break;
    const auto places = job->index().places(commands, 1);
    ASSERT_EQ(places.size(), 1u);
    EXPECT_EQ(places[0].offset, command.value()->offset());
    commands++;
  }
  EXPECT_TRUE(reader.finish().ok());
  EXPECT_EQ(commands, snapshot.commands);
  const CommandRow row = read_command_row(*job, job->index().places(0, 1)[0]);
  EXPECT_EQ(row.name, "snapshot");
  EXPECT_EQ(row.path, "tuesday");
}

TEST(Session, ASendWithoutAHashMakesTheSameStream) {
  News news;
  auto session = open_sample(news);
  std::vector<u8> streams[2];
  for (const bool hashed : {false, true}) {
    auto file = std::make_shared<MemoryStreamFile>();
    auto job = session->send(request_for(*session, "snapshots/monday", nullptr), file, hashed);
    news.wait([&] { return job.value()->snapshot().ended(); });
    EXPECT_EQ(job.value()->snapshot().sha256.empty(), !hashed);
    streams[hashed ? 1 : 0] = file->bytes();
  }
  EXPECT_FALSE(streams[0].empty());
  EXPECT_EQ(streams[0], streams[1]);
}

TEST(Session, AJobThatIsRefusedLeavesNoFile) {
  News news;
  auto session = open_sample(news);
  auto file = std::make_shared<MemoryStreamFile>();
  auto job = session->send(request_for(*session, "home", nullptr), file).value();  // writable
  news.wait([&] { return job->snapshot().ended(); });
  EXPECT_EQ(job->snapshot().state, JobState::failed);
  EXPECT_FALSE(job->snapshot().problem.empty());
  EXPECT_TRUE(file->is_discarded());
}

TEST(Session, AJobThatIsCancelledWhilePausedLeavesNoFile) {
  News news;
  auto session = open_sample(news);
  auto file = std::make_shared<MemoryStreamFile>();
  auto job = session->send(request_for(*session, "snapshots/monday", nullptr), file).value();
  job->pause();
  job->cancel();
  news.wait([&] { return file->is_discarded() || job->snapshot().state == JobState::done; });
  EXPECT_TRUE(file->is_discarded());
  EXPECT_EQ(job->snapshot().state, JobState::cancelled);
}

TEST(Session, GivesBlocksLater) {
  News news;
  auto session = open_sample(news);
  for (const TreeSummary& tree : session->summary().trees) {
    BlockViewPtr view;
    news.wait([&] { return (view = session->find_block(tree.root)) != nullptr; });
    EXPECT_FALSE(view->failed()) << tree.name << ": " << view->problem;
    EXPECT_EQ(view->level, tree.root.level);
  }
}

}  // namespace
}  // namespace canopy
