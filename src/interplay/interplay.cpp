#include "interplay/interplay.h"

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "concurrency/point.h"
#include "cow/cow_block.h"

namespace canopy {
namespace {

constexpr std::size_t read_size = 64 * 1024;

// Under the control of a scheduler, if there is one, for a scope.
class MaybeControlled {
 public:
  MaybeControlled(Scheduler* scheduler, u32 thread) {
    if (scheduler != nullptr) control_.emplace(*scheduler, thread);
  }

 private:
  std::optional<Scheduler::Control> control_;
};

class Interplay {
 public:
  Interplay(Filesystem& filesystem, const InterplayRequest& request, RelocationControl& control,
            Scheduler* scheduler)
      : filesystem_(filesystem),
        request_(request),
        control_(control),
        scheduler_(scheduler),
        exclusion_(request.rules) {}

  InterplayOutcome run() {
    outcome_.whole.resize(request_.streams.size());
    auto attached = attach_writer();
    if (!attached.ok()) {
      outcome_.problem = std::move(attached).error();
      return std::move(outcome_);
    }
    for (const InterplayStream& stream : request_.streams)
      pipes_.push_back(stream.pipe_bytes == 0 ? nullptr
                                              : std::make_unique<Pipe>(stream.pipe_bytes));
    streams_left_ = request_.streams.size();
    refused_streams_ = std::vector<std::atomic<bool>>(request_.streams.size());
    for (std::size_t i = 0; i < request_.streams.size(); ++i) {
      const std::string& name = request_.streams[i].name;
      add(name, [this, i] { make(i); });
      if (pipes_[i] != nullptr) add(name + ".reader", [this, i] { consume(i); });
    }
    if (request_.balance) add("balance", [this] { balance_rounds(); });
    if (request_.reclaim) add("reclaim", [this] { reclaim_rounds(); }, false);
    if (request_.dedupe) add("dedupe", [this] { dedupe(); });
    others_left_ = parts_.size() - (request_.reclaim ? 1 : 0);
    start_and_join();
    outcome_.commit_root_times = filesystem_.forest().commit_root_semaphore().times();
    return std::move(outcome_);
  }

 private:
  struct Part {
    u32 thread;  // its number for the scheduler
    std::function<void()> work;
    TraceBuffer* buffer;  // null where nothing is traced
  };

  Result<void> attach_writer() {
    bool commits = request_.balance || request_.reclaim || request_.dedupe;
    for (const InterplayStream& stream : request_.streams)
      commits |= stream.commit_every_bytes > 0;
    if (!commits) return {};
    writer_ = TRY(filesystem_.writer());
    writer_->set_wipe(request_.discard);
    return {};
  }

  // `waited_for`: whether a reclaim goes on as long as this does.
  void add(const std::string& name, std::function<void()> work, bool waited_for = true) {
    if (waited_for)
      work = [this, work = std::move(work)] {
        work();
        std::scoped_lock hold(mutex_);
        --others_left_;
        news_.notify();
      };
    const u32 thread = scheduler_ == nullptr ? 0 : scheduler_->add_thread(name);
    TraceBuffer* buffer = request_.trace == nullptr ? nullptr : &request_.trace->add(name);
    parts_.push_back({thread, std::move(work), buffer});
  }

  void start_and_join() {
    std::vector<std::thread> threads;
    for (const Part& part : parts_)
      threads.emplace_back([this, &part] {
        Trace::Thread recording(part.buffer);
        MaybeControlled controlled(scheduler_, part.thread);
        part.work();
      });
    for (std::thread& thread : threads)
      thread.join();
  }

  // The first problem is kept, and ends everything.
  void fail(Error problem) {
    {
      std::scoped_lock hold(mutex_);
      if (!outcome_.problem) outcome_.problem = std::move(problem);
    }
    control_.cancel();
    reclaim_control_.cancel();
    for (const auto& pipe : pipes_)
      if (pipe != nullptr) pipe->break_off();
  }

  // Somebody cannot begin or go on; all others do.
  void refuse(const std::string& name, const Error& why) {
    std::scoped_lock hold(mutex_);
    outcome_.refused.push_back(name + ": " + why.to_string());
  }

  void make(std::size_t index) {
    Pipe* pipe = pipes_[index].get();
    Result<void> made = exclusion_.begin_send();
    if (made.ok()) {
      made = write_stream(index);
      exclusion_.end_send();
    }
    streams_left_.fetch_sub(1);
    if (!made.ok() && made.error().code() == Code::would_block) {
      refused_streams_[index] = true;
      if (pipe != nullptr) pipe->break_off();
      refuse(request_.streams[index].name, made.error());
    } else if (!made.ok()) {
      fail(std::move(made).error());
    } else if (pipe != nullptr) {
      pipe->close();
    } else {
      set_whole(index);
    }
  }

  Result<void> write_stream(std::size_t index) {
    const InterplayStream& stream = request_.streams[index];
    Pipe* pipe = pipes_[index].get();
    if (pipe == nullptr) return stream.make(*stream.sink);
    PipeSink sink(*pipe);
    return stream.make(sink);
  }

  void consume(std::size_t index) {
    auto consumed = drain(index);
    // Nobody writes into the pipe of a stream that was refused.
    if (!consumed.ok() && !refused_streams_[index]) fail(std::move(consumed).error());
  }

  Result<void> drain(std::size_t index) {
    const InterplayStream& stream = request_.streams[index];
    std::vector<u8> buffer(std::min(read_size, stream.pipe_bytes));
    u64 since_commit = 0;
    for (;;) {
      const std::size_t size = TRY(pipes_[index]->read(buffer));
      if (size == 0) break;
      const Bytes bytes = Bytes(buffer).first(size);
      {
        TraceSpan span(TraceKind::receive, size);
        TRY(stream.sink->write(std::span(&bytes, 1)));
      }
      since_commit += size;
      if (stream.commit_every_bytes == 0 || since_commit < stream.commit_every_bytes) continue;
      since_commit = 0;
      TRY(receiver_commit());
    }
    set_whole(index);
    return {};
  }

  void set_whole(std::size_t index) {
    std::scoped_lock hold(mutex_);
    outcome_.whole[index] = true;
  }

  // Where everything is closed for the relocation, groups whose turn has not come are opened again.
  // A transaction for which there still is no room is left out.
  Result<void> receiver_commit() {
    yield_point(Point::receiver_commit);
    TraceSpan span(TraceKind::receiver_commit);
    Result<void> counts = writer_->take_turn();
    std::lock_guard turn(writer_->turn(), std::adopt_lock);
    TRY(std::move(counts));
    auto committed = try_receiver_commit();
    if (committed.ok() || committed.error().code() != Code::no_space) return committed;
    TRY(writer_->recover());
    open_waiting_groups();
    committed = try_receiver_commit();
    if (committed.ok() || committed.error().code() != Code::no_space) return committed;
    return writer_->recover();
  }

  void open_waiting_groups() {
    for (u64 start : std::set<u64>(writer_->groups().closed()))
      if (start != control_.progress.current_group &&
          start != reclaim_control_.progress.current_group)
        writer_->groups().open(start);
  }

  // What every transaction of a receiver does to the filesystem besides its files: blocks of the
  // root tree are copied, their old places freed.
  Result<void> try_receiver_commit() {
    auto transaction = TRY(writer_->begin());
    Tree& root_tree = *TRY(transaction->tree(ROOT_TREE_OBJECTID));
    CowPath path;
    TRY(search_cow(*transaction, root_tree, {FS_TREE_OBJECTID, ROOT_ITEM_KEY, 0}, path));
    TRY(writer_->commit(std::move(transaction), {}));
    std::scoped_lock hold(mutex_);
    ++outcome_.receiver_commits;
    news_.notify();
    return {};
  }

  void balance_rounds() {
    control_.before_group = [this] { return exclusion_.begin_relocation(); };
    control_.after_group = [this] { exclusion_.end_relocation(); };
    balance_until_done();
    control_.before_group = nullptr;
    control_.after_group = nullptr;
  }

  // One relocation at a time: a balance, or a reclaim.
  Result<BalanceReport> relocate(const BalanceRequest& wanted, const RelocationOptions& options,
                                 RelocationControl& control,
                                 const std::function<void(const BalancedChunk&)>& on_chunk) {
    std::scoped_lock one(relocating_);
    if (run_has_collapsed()) return error(Code::cancelled, "the run has collapsed");
    return balance(*writer_, wanted, options, control, [&](const BalancedChunk& chunk) {
      if (on_chunk) on_chunk(chunk);
      std::scoped_lock hold(mutex_);
      news_.notify();
    });
  }

  Result<BalanceReport> balance_once() {
    const InterplayBalance& wanted = *request_.balance;
    TRY(exclusion_.begin_balance());
    auto report = relocate(wanted.request, wanted.options, control_, wanted.on_chunk);
    exclusion_.end_balance();
    return report;
  }

  void balance_until_done() {
    const InterplayBalance& wanted = *request_.balance;
    for (u64 round = 0;; ++round) {
      auto report = balance_once();
      if (!report.ok() && report.error().code() == Code::would_block) {
        refuse("balance", report.error());
        return;
      }
      if (!report.ok()) {
        // Somebody else's problem has cancelled it, or the caller has.
        fail(std::move(report).error());
        return;
      }
      std::unique_lock hold(mutex_);
      news_.notify();
      ++outcome_.rounds;
      outcome_.relocated += report.value().relocated;
      outcome_.considered += report.value().considered;
      outcome_.no_space += report.value().no_space;
      const bool again =
          round + 1 < wanted.rounds || (wanted.until_streams_end && streams_left_.load() > 0);
      if (!again || report.value().relocated == 0) return;
    }
  }

  void reclaim_rounds() {
    reclaim_control_.before_group = [this] { return exclusion_.begin_relocation(); };
    reclaim_control_.after_group = [this] { exclusion_.end_relocation(); };
    for (;;) {
      yield_point(Point::reclaim_start);
      auto done = reclaim_all();
      if (!done.ok()) {
        if (done.error().code() != Code::cancelled) fail(std::move(done).error());
        return;
      }
      std::unique_lock hold(mutex_);
      if (others_left_ == 0 && to_reclaim_.empty()) return;
      const u64 generation = filesystem_.forest().generation();
      const std::size_t others = others_left_;
      news_.wait(hold, [&] {
        return others_left_ != others || filesystem_.forest().generation() != generation;
      });
      if (run_has_collapsed()) return;
    }
  }

  // Relocates what has come to be reclaimed. What a rule forbids now stays for the next time.
  Result<void> reclaim_all() {
    TraceSpan span(TraceKind::reclaim, request_.reclaim->threshold);
    TRY(find_groups_to_reclaim());
    while (!to_reclaim_.empty()) {
      const u64 start = *to_reclaim_.begin();
      BalanceFilter one;
      one.vrange = U64Range{start, start + 1};
      auto report = relocate({.data = one, .metadata = one, .system = one},
                             request_.reclaim->options, reclaim_control_, nullptr);
      std::scoped_lock hold(mutex_);
      if (!report.ok() && report.error().code() == Code::would_block) {
        ++outcome_.reclaims_put_off;
        return {};
      }
      outcome_.reclaimed += TRY(std::move(report)).relocated;
      to_reclaim_.erase(start);
    }
    return {};
  }

  // Adds the groups whose use has fallen below the threshold since the look before this. What the
  // reclaim itself has made counts as seen.
  Result<void> find_groups_to_reclaim() {
    Result<void> counts = writer_->take_turn();
    std::lock_guard turn(writer_->turn(), std::adopt_lock);
    TRY(std::move(counts));
    TRY(writer_->recover());
    const bool first = !looked_;
    looked_ = true;
    std::set<u64> low;
    for (const auto& [start, group] : writer_->groups().all()) {
      const bool is_low =
          group.used > 0 && group.used < group.length() / 100 * request_.reclaim->threshold;
      const bool was_high = high_groups_.contains(start);
      if (is_low && (first || was_high)) to_reclaim_.insert(start);
      if (is_low) low.insert(start);
    }
    high_groups_.clear();
    for (const auto& [start, group] : writer_->groups().all())
      if (group.used > 0 && !low.contains(start)) high_groups_.insert(start);
    std::erase_if(to_reclaim_, [&](u64 start) { return !low.contains(start); });
    return {};
  }

  void dedupe() {
    yield_point(Point::dedupe_start);
    for (;;) {
      auto done = request_.dedupe(*writer_, [this] { open_waiting_groups(); });
      if (done.ok()) return;
      const Code code = done.error().code();
      // For a while a relocation may have closed all groups that there are.
      if (code == Code::no_space && wait_for_news()) continue;
      if (code == Code::would_block || code == Code::no_space) {
        refuse("dedupe", done.error());
      } else {
        fail(std::move(done).error());
      }
      return;
    }
  }

  // Until something was committed or somebody has ended; false if nobody else runs.
  bool wait_for_news() {
    std::unique_lock hold(mutex_);
    const u64 generation = filesystem_.forest().generation();
    const std::size_t others = others_left_;
    if (others <= 1) return false;
    news_.wait(hold, [&] {
      return others_left_ != others || filesystem_.forest().generation() != generation;
    });
    return !run_has_collapsed();
  }

  Filesystem& filesystem_;
  const InterplayRequest& request_;
  RelocationControl& control_;
  Scheduler* scheduler_;
  Exclusion exclusion_;
  SharedSemaphore relocating_{"the running relocation", TraceKind::turn, TraceKind::turn};
  RelocationControl reclaim_control_;
  std::set<u64> to_reclaim_;  // of the reclaim's thread, as what follows
  std::set<u64> high_groups_;
  bool looked_ = false;
  FilesystemWriter* writer_ = nullptr;
  std::vector<std::unique_ptr<Pipe>> pipes_;  // of each stream, null where it has none
  std::deque<Part> parts_;
  std::atomic<std::size_t> streams_left_{0};
  std::vector<std::atomic<bool>> refused_streams_;
  std::mutex mutex_;
  WaitPoint news_{"something to reclaim"};
  std::size_t others_left_ = 0;
  InterplayOutcome outcome_;
};

}  // namespace

std::vector<std::string> thread_names(const InterplayRequest& request) {
  std::vector<std::string> names;
  for (const InterplayStream& stream : request.streams) {
    names.push_back(stream.name);
    if (stream.pipe_bytes > 0) names.push_back(stream.name + ".reader");
  }
  if (request.balance) names.push_back("balance");
  if (request.reclaim) names.push_back("reclaim");
  if (request.dedupe) names.push_back("dedupe");
  return names;
}

InterplayOutcome run_interplay(Filesystem& filesystem, const InterplayRequest& request,
                               RelocationControl& control, Scheduler* scheduler) {
  return Interplay(filesystem, request, control, scheduler).run();
}

}  // namespace canopy
