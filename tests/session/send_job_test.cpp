// Sessions and their jobs, on the sample image of the page.
#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <iterator>

#include "device/unpacked_image.h"
#include "session/command_rows.h"
#include "session/session.h"
#include "stream/reader.h"

namespace canopy {
namespace {

// Counts the news of threads, so that a test waits for them and not for a time.
class News {
 public:
  std::function<void()> changed() {
    return [this] {
      std::lock_guard lock(mutex_);
      came_.notify_all();
    };
  }
  template <typename Condition>
  void wait(Condition&& condition) {
    std::unique_lock lock(mutex_);
    while (!condition())
      came_.wait_for(lock, std::chrono::milliseconds(50));
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
};

std::shared_ptr<Session> open_sample(News& news) {
  auto session = Session::open(
      []() -> Result<std::unique_ptr<Filesystem>> {
        std::ifstream file("../../assets/sample.img.zst", std::ios::binary);
        const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
        const Bytes compressed(reinterpret_cast<const u8*>(bytes.data()), bytes.size());
        std::vector<std::unique_ptr<Device>> devices;
        devices.push_back(TRY(decompress_image("sample.img", compressed)));
        return Filesystem::open(std::move(devices));
      },
      news.changed());
  news.wait([&] { return session->state() != Session::State::opening; });
  EXPECT_EQ(session->state(), Session::State::open)
      << (session->state() == Session::State::failed ? session->problem().to_string() : "");
  session->begin_use();
  return session;
}

SendRequest request_for(const Session& session, const char* path, const char* parent) {
  const SubvolumeList& all = session.summary().subvolumes;
  SendRequest request;
  request.subvolume = all.find_path(path)->id;
  if (parent != nullptr) {
    request.parent = all.find_path(parent)->id;
    request.clone_sources = {*request.parent};
  }
  return request;
}

TEST(Session, SendsTheSampleAndKeepsTheStream) {
  News news;
  auto session = open_sample(news);
  auto file = std::make_shared<MemoryStreamFile>();
  auto job = session->send(request_for(*session, "snapshots/tuesday", "snapshots/monday"), file);
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

TEST(Session, AJobThatIsRefusedLeavesNoFile) {
  News news;
  auto session = open_sample(news);
  auto file = std::make_shared<MemoryStreamFile>();
  auto job = session->send(request_for(*session, "home", nullptr), file);  // writable
  news.wait([&] { return job->snapshot().ended(); });
  EXPECT_EQ(job->snapshot().state, JobState::failed);
  EXPECT_FALSE(job->snapshot().problem.empty());
  EXPECT_TRUE(file->is_discarded());
}

TEST(Session, AJobThatIsCancelledWhilePausedLeavesNoFile) {
  News news;
  auto session = open_sample(news);
  auto file = std::make_shared<MemoryStreamFile>();
  auto job = session->send(request_for(*session, "snapshots/monday", nullptr), file);
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
