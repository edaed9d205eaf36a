// The state of the page and what can be done with it, without a word of painting: the image that
// is open, the send that is set up, jobs, the selection. Panels read it and call it; so does the
// script interface. All of it on the browser's main thread, and nothing here waits.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "session/session.h"
#include "ui/host.h"
#include "ui/selection.h"

namespace canopy::ui {

// A send that was started, and where its stream is.
struct SendEntry {
  u32 number = 0;  // of the job, from 1
  i32 file = 0;    // of the result
  std::shared_ptr<SendJob> job;
  std::string subject;    // "snapshots/b", or "snapshots/b, from snapshots/a"
  std::string file_name;  // under which it is downloaded
  bool end_was_told = false;
};

// What the send panel is set to.
struct SendForm {
  u64 subvolume = 0;  // 0: none chosen
  std::optional<u64> parent;
  bool parent_is_suggestion = false;
  std::vector<u64> clone_sources;
  u32 protocol = 1;
  bool compressed_data = false;
  bool no_data = false;
  bool treat_as_read_only = false;
};

class App {
 public:
  using Opened = std::function<void(Result<void>)>;
  using Started = std::function<void(Result<u32>)>;  // the job's number
  using OpenSession = std::function<std::shared_ptr<Session>(Session::Changed)>;

  explicit App(Host& host) : host_(host) {}

  // ---- Images ----
  // Opens an image in the place of the one that is open. `name` is for people. While another one is
  // open and `ask` is set, the person is asked first (pending_open).
  void open(std::string name, bool ask, OpenSession open_session, Opened opened);
  struct PendingOpen {
    std::string name;
    OpenSession open_session;
    Opened opened;
  };
  const std::optional<PendingOpen>& pending_open() const { return pending_open_; }
  void answer_pending_open(bool yes);
  void cancel_opening();

  Session* session() const { return session_.get(); }  // the open one, or nullptr
  const std::string& image_name() const { return image_name_; }
  bool is_opening() const { return opening_ != nullptr; }
  const std::string& opening_name() const { return opening_name_; }
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
  void start_send(const SendRequest& request, Started started);
  const std::vector<SendEntry>& sends() const { return sends_; }
  const SendEntry* find_send(u32 number) const;
  const SendEntry* current_send() const { return sends_.empty() ? nullptr : &sends_.back(); }
  void download(const SendEntry& entry) { host_.download(entry.file, entry.file_name); }

  // ---- What is looked at ----
  const Selection& selection() const { return history_.current(); }
  void select(Selection selection);
  bool can_go_back() const { return history_.can_go_back(); }
  bool can_go_forward() const { return history_.can_go_forward(); }
  void go_back() { history_.go_back(); }
  void go_forward() { history_.go_forward(); }

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

  // Called when a send has ended, whatever way.
  std::function<void(const SendEntry&)> send_ended;

 private:
  void begin_open(PendingOpen open);
  void finish_open();
  std::string subvolume_name(u64 id) const;

  Host& host_;
  std::shared_ptr<Session> session_;
  std::string image_name_;
  std::shared_ptr<Session> opening_;
  std::string opening_name_;
  Opened opened_;
  std::optional<PendingOpen> pending_open_;
  std::string open_problem_;

  struct WaitingSend {
    SendRequest request;
    Started started;
  };
  std::map<u32, WaitingSend> waiting_sends_;  // for their file, by token
  u32 last_token_ = 0;
  u32 last_send_ = 0;
  std::vector<SendEntry> sends_;
  History history_;
  std::vector<Message> messages_;
};

// Under which name a stream is saved: the last part of its path, without what file systems refuse.
std::string stream_file_name(const std::string& subvolume, const std::string& parent);

}  // namespace canopy::ui
