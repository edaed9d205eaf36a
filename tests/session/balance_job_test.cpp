// Balances of sessions, on the sample image of the page.
#include "session/balance_job.h"

#include <gtest/gtest.h>

#include <set>

#include "device/memory_device.h"
#include "sample_session.h"

namespace canopy {
namespace {

std::vector<u8> stream_of(Session& session, News& news, const char* path, const char* parent) {
  auto file = std::make_shared<MemoryStreamFile>();
  auto job = session.send(request_for(session, path, parent), file).value();
  news.wait([&] { return job->snapshot().ended(); });
  EXPECT_EQ(job->snapshot().state, JobState::done) << job->snapshot().problem;
  return file->bytes();
}

BalanceJobSnapshot balance_to_the_end(Session& session, News& news, const BalanceRequest& request,
                                      bool dry_run = false) {
  auto job = session.balance(request, dry_run).value();
  news.wait([&] { return job->snapshot().ended(); });
  return job->snapshot();
}

// The image that the pieces make without a base.
std::unique_ptr<Device> put_together(const ImagePieces& pieces, const std::vector<u8>& file) {
  std::vector<u8> bytes(static_cast<std::size_t>(pieces.size_bytes));
  for (const ImageRun& run : pieces.runs) {
    const Bytes part =
        Bytes(file).subspan(static_cast<std::size_t>(run.at), static_cast<std::size_t>(run.length));
    std::copy(part.begin(), part.end(), bytes.begin() + static_cast<std::ptrdiff_t>(run.offset));
  }
  return std::make_unique<MemoryDevice>(pieces.name, std::move(bytes));
}

TEST(BalanceJob, MovesEveryChunkAndLeavesEveryStreamAsItWas) {
  News news;
  auto session = open_sample(news);
  const auto before = stream_of(*session, news, "snapshots/tuesday", "snapshots/monday");
  const u64 generation = session->summary().generation;
  EXPECT_EQ(session->changed_bytes(), 0u);

  const BalanceJobSnapshot balanced = balance_to_the_end(*session, news, {});
  ASSERT_EQ(balanced.state, JobState::done) << balanced.problem;
  EXPECT_GT(balanced.chunks_relocated, 0u);
  EXPECT_EQ(balanced.chunks_relocated, balanced.chunks_expected);
  EXPECT_GT(balanced.commits, 0u);
  EXPECT_GT(session->changed_bytes(), 0u);
  news.wait([&] { return session->renew() && session->summary().generation > generation; });
  EXPECT_EQ(stream_of(*session, news, "snapshots/tuesday", "snapshots/monday"), before);
  for (const TreeSummary& tree : session->summary().trees) {
    BlockViewPtr view;
    news.wait([&] { return (view = session->find_block(tree.root)) != nullptr; });
    EXPECT_FALSE(view->failed()) << tree.name << ": " << view->problem;
  }
}

TEST(BalanceJob, TheSavedImageIsTheChangedFilesystem) {
  News news;
  auto session = open_sample(news);
  const auto before = stream_of(*session, news, "snapshots/wednesday", nullptr);
  ASSERT_EQ(balance_to_the_end(*session, news, {}).state, JobState::done);
  const auto saved = [&](bool whole) {
    auto file = std::make_shared<MemoryStreamFile>();
    auto job = session->save_image(file, whole).value();
    news.wait([&] { return job->state() != JobState::running; });
    EXPECT_EQ(job->state(), JobState::done) << job->problem();
    EXPECT_EQ(job->bytes(), file->bytes().size());
    return std::pair(job->devices(), file->bytes());
  };
  const auto [changed_pieces, changed_bytes] = saved(false);
  EXPECT_EQ(changed_bytes.size(), session->changed_bytes());
  const auto [pieces, bytes] = saved(true);
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_GT(bytes.size(), 0u);
  EXPECT_LT(bytes.size(), pieces[0].size_bytes);
  auto again = Session::open(
      [&](Opening&) -> Result<std::vector<std::unique_ptr<Device>>> {
        std::vector<std::unique_ptr<Device>> devices;
        devices.push_back(put_together(pieces[0], bytes));
        return devices;
      },
      news.changed());
  news.wait([&] { return again->state() != Session::State::opening; });
  ASSERT_EQ(again->state(), Session::State::open);
  again->begin_use();
  EXPECT_EQ(again->changed_bytes(), 0u);
  EXPECT_EQ(stream_of(*again, news, "snapshots/wednesday", nullptr), before);
}

TEST(BalanceJob, ADryRunSaysWhatWouldMoveAndChangesNothing) {
  News news;
  auto session = open_sample(news);
  BalanceRequest request;
  request.data = BalanceFilter();
  auto job = session->balance(request, true).value();
  news.wait([&] { return job->snapshot().ended(); });
  ASSERT_EQ(job->snapshot().state, JobState::done) << job->snapshot().problem;
  ASSERT_TRUE(job->plan().has_value());
  EXPECT_EQ(job->chunks().size(), job->plan()->chunks.size());
  for (const BalancedChunk& chunk : job->chunks())
    EXPECT_NE(chunk.flags & BLOCK_GROUP_DATA, 0u);
  EXPECT_EQ(session->changed_bytes(), 0u);
}

TEST(BalanceJob, WhatIsCancelledWhilePausedLeavesAFilesystem) {
  News news;
  auto session = open_sample(news);
  auto job = session->balance({}, false).value();
  job->pause();
  EXPECT_EQ(session->balance({}, false).error().code(), Code::would_block);
  const auto file = std::make_shared<MemoryStreamFile>();
  EXPECT_EQ(session->save_image(file, true).error().code(), Code::would_block);
  EXPECT_TRUE(file->is_discarded());
  job->cancel();
  news.wait([&] { return job->snapshot().ended(); });
  EXPECT_NE(job->snapshot().state, JobState::failed) << job->snapshot().problem;
  EXPECT_FALSE(stream_of(*session, news, "snapshots/wednesday", nullptr).empty());
}

TEST(BalanceJob, ASendBesideItHasTheSameBytes) {
  News news;
  auto session = open_sample(news);
  const auto before = stream_of(*session, news, "snapshots/wednesday", nullptr);
  auto file = std::make_shared<MemoryStreamFile>();
  auto send = session->send(request_for(*session, "snapshots/wednesday", nullptr), file).value();
  auto job = session->balance({}, false, true).value();
  news.wait([&] { return send->snapshot().ended() && job->snapshot().ended(); });
  EXPECT_EQ(send->snapshot().state, JobState::done) << send->snapshot().problem;
  ASSERT_EQ(job->snapshot().state, JobState::done) << job->snapshot().problem;
  EXPECT_GE(job->snapshot().rounds, 1u);
  EXPECT_EQ(file->bytes(), before);
}

TEST(BalanceJob, WhatItAndASendBesideItDoIsInOneTrace) {
  News news;
  auto session = open_sample(news);
  EXPECT_EQ(session->trace(), nullptr);
  auto file = std::make_shared<MemoryStreamFile>();
  auto send = session->send(request_for(*session, "snapshots/monday", nullptr), file).value();
  auto balance = session->balance({}, false).value();
  news.wait([&] { return send->snapshot().ended() && balance->snapshot().ended(); });
  ASSERT_EQ(balance->snapshot().state, JobState::done) << balance->snapshot().problem;
  const auto trace = session->trace();
  ASSERT_NE(trace, nullptr);
  std::set<std::string> names;
  std::set<TraceKind> kinds;
  for (const TraceBuffer* buffer : trace->buffers()) {
    names.insert(buffer->name());
    std::vector<TraceEvent> events;
    buffer->read(0, events);
    buffer->read_aside(0, events);
    for (const TraceEvent& event : events)
      kinds.insert(event.kind);
  }
  for (const char* name : {"send", "send.store", "balance"})
    EXPECT_TRUE(names.contains(name)) << name;
  for (const TraceKind kind :
       {TraceKind::item, TraceKind::pipe_fill, TraceKind::commit, TraceKind::holds_exclusive,
        TraceKind::extent_moved, TraceKind::pinned, TraceKind::released})
    EXPECT_TRUE(kinds.contains(kind)) << trace_kind_info(kind).name;
  // The next job, alone, begins another one.
  auto next = session->send(request_for(*session, "snapshots/monday", nullptr),
                            std::make_shared<MemoryStreamFile>());
  EXPECT_NE(session->trace(), trace);
  news.wait([&] { return next.value()->snapshot().ended(); });
}

TEST(BalanceJob, WhatTheKernelRefusesIsRefusedWithItsErrno) {
  News news;
  auto session = open_sample(news);
  BalanceRequest request;
  request.data = parse_balance_filter("convert=raid1c4").value();
  const BalanceJobSnapshot refused = balance_to_the_end(*session, news, request);
  EXPECT_EQ(refused.state, JobState::failed);
  EXPECT_NE(refused.problem.find("EINVAL"), std::string::npos) << refused.problem;
  EXPECT_EQ(session->changed_bytes(), 0u);
}

}  // namespace
}  // namespace canopy
