#include "interplay/interplay.h"

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
      : filesystem_(filesystem), request_(request), control_(control), scheduler_(scheduler) {}

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
    for (std::size_t i = 0; i < request_.streams.size(); ++i) {
      const std::string& name = request_.streams[i].name;
      add(name, [this, i] { make(i); });
      if (pipes_[i] != nullptr) add(name + ".reader", [this, i] { consume(i); });
    }
    if (request_.balance) add("balance", [this] { balance_rounds(); });
    start_and_join();
    return std::move(outcome_);
  }

 private:
  struct Part {
    u32 thread;  // its number for the scheduler
    std::function<void()> work;
  };

  Result<void> attach_writer() {
    bool commits = request_.balance.has_value();
    for (const InterplayStream& stream : request_.streams)
      commits |= stream.commit_every_bytes > 0;
    if (!commits) return {};
    writer_ = TRY(filesystem_.writer());
    writer_->set_discard(request_.discard);
    return {};
  }

  void add(std::string name, std::function<void()> work) {
    u32 thread = scheduler_ == nullptr ? 0 : scheduler_->add_thread(std::move(name));
    parts_.push_back({thread, std::move(work)});
  }

  void start_and_join() {
    std::vector<std::thread> threads;
    for (const Part& part : parts_)
      threads.emplace_back([this, &part] {
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
    for (const auto& pipe : pipes_)
      if (pipe != nullptr) pipe->break_off();
  }

  void make(std::size_t index) {
    const InterplayStream& stream = request_.streams[index];
    Pipe* pipe = pipes_[index].get();
    Result<void> made;
    if (pipe == nullptr) {
      made = stream.make(*stream.sink);
    } else {
      PipeSink sink(*pipe);
      made = stream.make(sink);
    }
    streams_left_.fetch_sub(1);
    if (!made.ok()) {
      fail(std::move(made).error());
    } else if (pipe != nullptr) {
      pipe->close();
    } else {
      set_whole(index);
    }
  }

  void consume(std::size_t index) {
    auto consumed = drain(index);
    if (!consumed.ok()) fail(std::move(consumed).error());
  }

  Result<void> drain(std::size_t index) {
    const InterplayStream& stream = request_.streams[index];
    std::vector<u8> buffer(std::min(read_size, stream.pipe_bytes));
    u64 since_commit = 0;
    for (;;) {
      const std::size_t size = TRY(pipes_[index]->read(buffer));
      if (size == 0) break;
      const Bytes bytes = Bytes(buffer).first(size);
      TRY(stream.sink->write(std::span(&bytes, 1)));
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
    Result<void> counts = writer_->take_turn();
    std::lock_guard turn(writer_->turn(), std::adopt_lock);
    TRY(std::move(counts));
    auto committed = try_receiver_commit();
    if (committed.ok() || committed.error().code() != Code::no_space) return committed;
    TRY(writer_->recover());
    for (u64 start : std::set<u64>(writer_->groups().closed()))
      if (start != control_.progress.current_group) writer_->groups().open(start);
    committed = try_receiver_commit();
    if (committed.ok() || committed.error().code() != Code::no_space) return committed;
    return writer_->recover();
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
    return {};
  }

  void balance_rounds() {
    const InterplayBalance& wanted = *request_.balance;
    for (u64 round = 0;; ++round) {
      auto report = balance(*writer_, wanted.request, wanted.options, control_, wanted.on_chunk);
      if (!report.ok()) {
        // Somebody else's problem has cancelled it, or the caller has.
        fail(std::move(report).error());
        return;
      }
      std::unique_lock hold(mutex_);
      ++outcome_.rounds;
      outcome_.relocated += report.value().relocated;
      outcome_.considered += report.value().considered;
      outcome_.no_space += report.value().no_space;
      const bool again =
          round + 1 < wanted.rounds || (wanted.until_streams_end && streams_left_.load() > 0);
      if (!again || report.value().relocated == 0) return;
    }
  }

  Filesystem& filesystem_;
  const InterplayRequest& request_;
  RelocationControl& control_;
  Scheduler* scheduler_;
  FilesystemWriter* writer_ = nullptr;
  std::vector<std::unique_ptr<Pipe>> pipes_;  // of each stream, null where it has none
  std::deque<Part> parts_;
  std::atomic<std::size_t> streams_left_{0};
  std::mutex mutex_;
  InterplayOutcome outcome_;
};

}  // namespace

InterplayOutcome run_interplay(Filesystem& filesystem, const InterplayRequest& request,
                               RelocationControl& control, Scheduler* scheduler) {
  return Interplay(filesystem, request, control, scheduler).run();
}

}  // namespace canopy
