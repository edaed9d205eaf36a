// The Host of the page: its calls go to JavaScript (web/page.js, Page.host).
#pragma once

#include "device/browser_ring.h"
#include "ui/host.h"

namespace canopy {

class BrowserHost final : public ui::Host {
 public:
  explicit BrowserHost(BrowserRing& write_ring) : write_ring_(write_ring) {}

  void choose_files() override;
  void open_sample() override;
  void create_result(u32 token) override;
  std::shared_ptr<StreamFile> result_file(i32 number) override;
  void download(i32 number, const std::string& name, bool ask) override;
  void save_image() override;
  void save_text(const std::string& text, const std::string& name) override;
  void save_bytes(Bytes bytes, const std::string& name) override;
  void choose_schedule() override;
  void copy(const std::string& text) override;
  void copy_link() override;
  void navigate(u64 entry, const std::string& fragment, bool replace) override;
  void go_in_history(int steps) override;
  void store(const std::string& key, const std::string& value) override;
  void wake() override;

  // A wake() from now on is news again. To be called when the page looks.
  static void looked();

  // A file that was given to the page is not read any more. Any thread.
  static void close_file(i32 number);
  // Answers what the page asked for as `request`.
  static void answer(i32 request, bool ok, const std::string& text);
  static void mirror(const std::string& json);
  static void set_cursor(const char* name);
  // Whether a field is edited, for on-screen keyboards.
  static void want_text(bool wants);

 private:
  BrowserRing& write_ring_;
};

}  // namespace canopy
