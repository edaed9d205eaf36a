// What the page does for the user interface, since only the browser can. Calls return at once; what
// they lead to comes back through the functions of App.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "session/stream_file.h"

namespace canopy::ui {

// The image that the page brings along.
inline constexpr const char* sample_name = "the sample";

class Host {
 public:
  virtual ~Host() = default;

  // Shows the browser's dialog; the files come back as a new image to open.
  virtual void choose_files() = 0;
  virtual void open_sample() = 0;
  // Makes a file for a result; App::result_created answers with the token.
  virtual void create_result(u32 token) = 0;
  virtual std::shared_ptr<StreamFile> result_file(i32 number) = 0;
  // Saves a result that is whole as the user's file; `ask`: where they say.
  virtual void download(i32 number, const std::string& name, bool ask) = 0;
  // Saves the changed image as the user's files.
  virtual void save_image() = 0;
  // Gives a text as a file among the downloads.
  virtual void save_text(const std::string& text, const std::string& name) = 0;
  virtual void save_bytes(Bytes bytes, const std::string& name) = 0;
  // Lets the person choose a saved schedule; it comes back as App::load_schedule().
  virtual void choose_schedule() = 0;
  virtual void copy(const std::string& text) = 0;
  // Copies the address of the page as it is, with its fragment.
  virtual void copy_link() = 0;
  // The browser's history: a new entry, or another name for the one it is at; and moving in it,
  // which ends in App::visit().
  virtual void navigate(u64 entry, const std::string& fragment, bool replace) = 0;
  virtual void go_in_history(int steps) = 0;
  // Remembers a setting until the next visit.
  virtual void store(const std::string& key, const std::string& value) = 0;
  // Somebody has news: App::poll() is to be called soon, and a frame drawn. Any thread.
  virtual void wake() = 0;
};

}  // namespace canopy::ui
