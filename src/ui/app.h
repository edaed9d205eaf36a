// The state of the page and what can be done with it, without a word of painting: the image that
// is open, the send that is set up, jobs, the selection. Panels read it and call it; so does the
// script interface. All of it on the browser's main thread, and nothing here waits.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "session/session.h"
#include "session/stream_view.h"
#include "ui/host.h"
#include "ui/selection.h"

namespace canopy::ui {

// A send that was started, and where its stream is.
// What is wanted of a stream.
struct SendUse {
  bool hash = true;  // its SHA-256
  bool keep = true;  // the stream itself; otherwise it is only measured
};

struct SendEntry {
  u32 number = 0;  // of the job, from 1
  i32 file = 0;    // of the result
  bool is_kept = true;
  bool was_downloaded = false;
  std::shared_ptr<SendJob> job;
  std::string subject;    // "snapshots/b", or "snapshots/b, from snapshots/a"
  std::string file_name;  // under which it is downloaded
  bool end_was_told = false;
  std::shared_ptr<CheckJob> check;  // the one that was started last
  bool check_was_told = false;
};

// What a file was that somebody opened, and what is to be called when that is known and done.
enum class OpenedAs : u8 { image, stream };
using Opened = std::function<void(Result<OpenedAs>)>;

// A send stream that was opened as a file, to look into it.
struct StreamEntry {
  u32 number = 0;  // among the sends
  std::shared_ptr<StreamView> view;
  std::string name;  // of the file
  Opened opened;     // called once it is read
  bool end_was_told = false;
};

// A stream of which the commands can be shown.
struct ShownStream {
  u32 number = 0;
  std::shared_ptr<CommandSource> commands;
  std::string subject;
};

// A file or a folder that is taken out of the image.
struct ExportEntry {
  i32 file = 0;  // of the result
  std::shared_ptr<ExportJob> job;
  std::string file_name;  // under which it is downloaded
  bool end_was_told = false;
};

// A balance that was started, or a dry run.
struct BalanceEntry {
  u32 number = 0;  // from 1
  std::shared_ptr<BalanceJob> job;
  bool dry_run = false;
  bool end_was_told = false;
};

// A controlled run of a send beside a balance.
struct StepEntry {
  u32 number = 0;  // from 1
  std::shared_ptr<StepJob> job;
  std::string subject;  // "snapshots/b, from snapshots/a"
  bool end_was_told = false;
  u64 told_version = 0;  // of the last snapshot that steps_changed was called for
  std::string told_problem;
};

// What the stepping panel is set to.
struct StepForm {
  InterplaySettings settings;
  std::string seed = "1";
  StepForm() {
    settings.balance = true;
    settings.until_sent = true;
    settings.batch_blocks = 4;
    settings.pipe_bytes = 4096;
  }
  std::optional<u64> seed_number() const;  // nullopt: it is no number
};

// What the balance panel is set to: for each kind of chunks whether they are balanced, and the
// filters as `btrfs balance start` takes them.
struct BalanceForm {
  struct Kind {
    bool chosen = true;
    std::string filters;
  };
  Kind data, metadata, system;
  bool force = false;

  // Whether it is set to less than everything.
  bool has_filters() const {
    return !(data.chosen && metadata.chosen && system.chosen && data.filters.empty() &&
             metadata.filters.empty() && system.filters.empty());
  }
  // Code::invalid, naming the kind, where filters cannot be understood.
  Result<BalanceRequest> request() const;
};

// What the send panel is set to.
struct SendForm {
  u64 subvolume = 0;  // 0: none chosen
  std::optional<u64> parent;
  bool parent_is_suggestion = false;
  bool wants_full = false;  // no parent was chosen, and none is suggested
  std::vector<u64> clone_sources;
  u32 protocol = 1;
  bool compressed_data = false;
  bool no_data = false;
  bool treat_as_read_only = false;
};

class App {
 public:
  using Started = std::function<void(Result<u32>)>;  // the job's number
  using OpenSession = std::function<std::shared_ptr<Session>(Session::Changed, const OpenChoice&)>;
  using OpenStream = std::function<std::shared_ptr<StreamView>(std::function<void()> changed)>;

  explicit App(Host& host) : host_(host) {}

  // ---- Images ----
  // Opens an image in the place of the one that is open. `name` is for people. Where that loses
  // something and `ask` is set, the person is asked first (pending_open). With `open_stream` the
  // file is looked at first: a send stream is shown beside the image that is open.
  void open(std::string name, bool ask, OpenSession open_session, Opened opened,
            const OpenStream& open_stream = nullptr);
  struct PendingOpen {
    std::string name;
    OpenSession open_session;
    Opened opened;
    OpenChoice choice;
    bool asks = false;
  };
  const std::optional<PendingOpen>& pending_open() const { return pending_open_; }
  void answer_pending_open(bool yes);
  // What is lost when another image takes the place of the open one: a sentence of each.
  std::vector<std::string_view> lost_by_opening() const;
  void cancel_opening();
  // A disk of which one of several partitions has to be chosen.
  struct PartitionChoice {
    PendingOpen open;
    std::vector<Partition> partitions;
  };
  const std::optional<PartitionChoice>& partition_choice() const { return partition_choice_; }
  void choose_partition(std::optional<u32> number);  // none: it is not opened
  // Opens the same image by another copy of its superblock, or as an earlier commit left it.
  void reopen(const OpenOptions& options);

  Session* session() const { return session_.get(); }  // the open one, or nullptr
  const std::string& image_name() const { return image_name_; }
  bool is_opening() const { return opening_ != nullptr || candidate_.has_value(); }
  const std::string& opening_name() const {
    return candidate_ ? candidate_->open.name : opening_name_;
  }
  // How much of a packed image was unpacked, 0 to 1; nullopt where nothing is unpacked.
  std::optional<double> unpacked() const;
  // Why the last image could not be opened; empty if it could.
  const std::string& open_problem() const { return open_problem_; }
  void dismiss_problem() { open_problem_.clear(); }

  // ---- Sending ----
  SendForm form;
  // Chooses B and suggests A.
  void choose_subvolume(u64 id);
  // Makes a request of names: a path, or an id in decimal digits.
  Result<u64> resolve_subvolume(const std::string& text) const;
  SendRequest request_of_form() const;
  // Whether what the form says can be sent: a writable subvolume only once a person has said that
  // it may be.
  bool can_send_form() const;
  void start_send(const SendRequest& request, Started started, const SendUse& use = {});
  const std::vector<SendEntry>& sends() const { return sends_; }
  const SendEntry* find_send(u32 number) const;
  const SendEntry* current_send() const { return sends_.empty() ? nullptr : &sends_.back(); }
  // Receives the stream of the current send in memory, and compares.
  void check_send();
  void download(const SendEntry& entry);
  bool can_ask_place = false;  // the browser can ask where to save
  bool asks_place = false;     // and the person wants that

  // ---- Streams ----
  // The stream that was opened as a file, or nullptr.
  const StreamEntry* stream() const { return stream_ ? &*stream_ : nullptr; }
  void close_stream();
  // The streams whose commands can be shown: of the last send, and the one that was opened, the
  // newer one last.
  std::vector<ShownStream> shown_streams() const;
  std::optional<ShownStream> find_stream(u32 number) const;

  // ---- Files ----
  // Takes a file or folder out of the image and downloads it under that name once it is whole.
  void start_export(const ExportRequest& request, const std::string& file_name);
  const ExportEntry* current_export() const { return export_ ? &*export_ : nullptr; }

  // ---- Checking the filesystem ----
  void start_check(bool with_data);
  ConsistencyJob* consistency() const { return consistency_.get(); }  // the last, or nullptr

  // ---- Balancing ----
  BalanceForm balance_form;
  Result<u32> start_balance(const BalanceRequest& request, bool dry_run,
                            bool while_sending = false);
  const BalanceEntry* balance() const { return balance_ ? &*balance_ : nullptr; }

  // ---- Stepping ----
  StepForm step_form;
  // A controlled run in the place of the one before.
  Result<u32> start_steps(const StepRequest& request);
  // Of the send that the send panel is set to.
  void start_steps_of_form();
  const StepEntry* steps() const { return steps_ ? &*steps_ : nullptr; }
  void end_steps();
  // Gives the schedule, or the trace, as a file among the downloads.
  void save_schedule();
  // Replays a schedule that was saved here or by the command line; of the run's send, or of the
  // send that the send panel is set to.
  void load_schedule(const std::string& text);
  void save_trace();
  // The stream of the controlled run that has ended.
  void download_steps();
  // What the timeline shows: the trace of the controlled run, otherwise that of the sends and
  // balances of the session; nullptr if there is nothing. Another version: it has grown.
  std::shared_ptr<const Trace> timeline_trace() const;
  u64 timeline_version() const;

  // Whether there is something that the opened files do not have.
  bool image_is_changed() const { return session_ != nullptr && session_->changed_bytes() > 0; }
  // Writes what was changed to a result that the page has made.
  using Saved = std::function<void(Result<std::shared_ptr<ImageJob>>)>;
  void save_image(i32 result, bool whole, Saved saved);
  bool is_saving_image() const { return saving_image_ != nullptr; }

  // Whether a job is running whose numbers are shown.
  bool shows_progress() const;

  // ---- What is looked at ----
  // Which of the views in the middle is shown.
  View view() const { return history_.current().view; }
  void show(View view) { select(selection(), view); }
  // Finds what a person means (session/search.h), selects it and shows it.
  void go_to(const std::string& text);
  // The same, in the inspector alone: the view stays.
  void inspect(const std::string& text);
  bool is_searching() const { return !searched_.text.empty(); }
  // Looks for the first item of a type, or the next one behind a tree and key, selects it and shows
  // it where the trees are in view.
  void find_item_of_type(u8 type, const std::optional<std::pair<u64, Key>>& after);
  bool is_finding_item() const { return finding_.has_value(); }
  void cancel_finding_item();
  u64 leaves_looked_at() const;
  u32 items_found() const { return items_found_; }  // so far
  // What takes long to count (the space view): begun when asked for, kept for the image that is
  // open. A balance that begins ends it.
  void count_files();
  void count_trees();
  void cancel_counting();
  bool is_counting_files() const { return counting_files_.has_value(); }
  bool is_counting_trees() const { return counting_trees_.has_value(); }
  u64 files_counted() const;
  u64 blocks_counted() const;
  // What came of it last; nullptr before.
  const std::shared_ptr<const DiskUseView>& disk_use() const { return disk_use_; }
  const std::shared_ptr<const TreeStatsView>& tree_stats() const { return tree_stats_; }
  // "EXTENT_TREE", "256 snapshots/monday".
  std::string tree_label(u64 id) const;
  // Why the last one was not found; empty if it was.
  const std::string& find_problem() const { return find_problem_; }
  // A place that was found and should be brought into view; once.
  std::optional<Place> take_revealed() { return std::exchange(revealed_, std::nullopt); }
  const Selection& selection() const { return history_.current().selection; }
  void select(const Selection& selection) { select(selection, view()); }
  void select(const Selection& selection, View view);
  bool can_go_back() const { return history_.can_go_back(); }
  bool can_go_forward() const { return history_.can_go_forward(); }
  // Through the browser's history, which has the same entries and calls visit().
  void go_back() { host_.go_in_history(-1); }
  void go_forward() { host_.go_in_history(1); }
  // The browser is at this entry now, or, if the page made none, at a link.
  void visit(u64 entry, const std::string& fragment);
  // The place as a link (ui/link.h).
  std::string link() const;

  // ---- From the page ----
  void result_created(u32 token, i32 number, const std::string& problem);
  // Looks for what threads have done.
  void poll();
  // Something to tell the person: shown, logged and read out.
  void tell(std::string text, bool is_problem = false);
  struct Message {
    std::string text;
    bool is_problem = false;
  };
  const std::vector<Message>& messages() const { return messages_; }
  Host& host() { return host_; }

  // Called when a send or a balance has ended, whatever way.
  std::function<void(const SendEntry&)> send_ended;
  std::function<void(const BalanceEntry&)> balance_ended;
  // Called when a controlled run has something new to see, and when it was dropped.
  std::function<void(const StepEntry&)> steps_changed;
  // How often the image was changed or replaced: places on the canvas are others afterwards.
  u32 image_version() const { return image_version_; }

 private:
  void ask_before_open(PendingOpen open);
  void begin_open(PendingOpen open);
  void drop_candidate();
  void poll_candidate();
  void show_stream(PendingOpen open, std::shared_ptr<StreamView> view);
  void poll_stream();
  void finish_open();
  void drop_jobs();
  void poll_sends();
  void begin_send(const SendRequest& request, const Started& started, const SendUse& use,
                  Result<i32> file);
  void tell_check(const SendEntry& entry);
  void poll_export();
  void poll_search();
  void poll_consistency();
  void poll_balance();
  void poll_steps();
  void poll_losses();
  void poll_repairs();
  void poll_counting();
  void forget_counted();
  std::string subvolume_name(u64 id) const;

  Host& host_;
  std::shared_ptr<Session> session_;
  std::string image_name_;
  std::shared_ptr<Session> opening_;
  std::string opening_name_;
  OpenSession opening_session_;
  bool opening_asks_ = false;
  Opened opened_;
  OpenSession open_session_;  // of the image that is open
  std::optional<PartitionChoice> partition_choice_;
  std::optional<PendingOpen> pending_open_;
  // A file of which it is not known yet whether it is an image or a stream.
  struct Candidate {
    PendingOpen open;
    std::shared_ptr<StreamView> view;
  };
  std::optional<Candidate> candidate_;
  std::optional<StreamEntry> stream_;
  std::string open_problem_;

  // Asks the page for a file for a result.
  using GotFile = std::function<void(Result<i32>)>;
  void ask_for_file(GotFile got);
  std::map<u32, GotFile> waiting_for_file_;  // by token
  u32 last_token_ = 0;
  u32 last_send_ = 0;  // of sends and of streams that were opened
  std::vector<SendEntry> sends_;
  std::optional<ExportEntry> export_;
  std::shared_ptr<ConsistencyJob> consistency_;
  bool consistency_was_told_ = false;
  u32 last_balance_ = 0;
  std::optional<BalanceEntry> balance_;
  u32 last_steps_ = 0;
  std::optional<StepEntry> steps_;
  std::shared_ptr<ImageJob> saving_image_;
  Saved image_saved_;
  u32 image_version_ = 0;
  u64 losses_told_ = 0;
  bool repairs_told_ = false;
  std::set<std::string> told_losses_;
  History history_;
  void follow_link();
  void complete_link();
  bool link_lacks_key_ = false;  // the browser's entry names the block of the item
  std::string link_to_follow_;   // once an image is open
  SearchKey searched_;           // its text is empty if nothing is searched
  bool searched_stays_ = false;  // the view stays
  std::optional<Place> revealed_;
  void poll_finding();
  std::optional<ItemOfTypeKey> finding_;
  std::optional<UsageKey> counting_files_, counting_trees_;
  std::shared_ptr<const DiskUseView> disk_use_;
  std::shared_ptr<const TreeStatsView> tree_stats_;
  u32 items_found_ = 0;
  std::string find_problem_;
  std::vector<Message> messages_;
};

// What became of the stream of a controlled run that has ended, in words.
std::string verdict_text(const StepSnapshot& snapshot);
// Under which name a stream is saved: the last part of its path, without what file systems refuse.
std::string stream_file_name(const std::string& subvolume, const std::string& parent);
// The last part of a path, without what file systems refuse.
std::string clean_file_name(const std::string& path);

}  // namespace canopy::ui
